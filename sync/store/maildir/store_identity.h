// Who a store is: ROOT/.imapkeep/store.json and the lock beside it (docs/storage.md §3). The rules
// of opening keep one promise: a disk that is not mounted never looks like an empty mailbox, and
// nobody's store is ever taken for another's.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/base/clock.h"
#include "daemon/base/files.h"

namespace imapkeep {

inline constexpr std::uint32_t kStoreFormat = 1;
inline constexpr const char* kStoreDirectory = ".imapkeep";
inline constexpr const char* kLockFile = "lock";

struct StoreIdentity {
  std::string store_id;  ///< 32 hex digits
  std::string host;      ///< as configured when the store was made
  std::string account;
  std::string created;  ///< 2026-11-23T10:00:00Z
  std::uint32_t format = kStoreFormat;
  bool operator==(const StoreIdentity&) const = default;
};

std::string format_store_json(const StoreIdentity& identity);
Result<StoreIdentity> parse_store_json(std::string_view text);

struct StoreWish {
  std::string root;
  std::string expected_id;  ///< what the ledger knows; empty: none
  std::string new_id;       ///< for a store that is made now
  std::string host;
  std::string account;
  WallTime now;
  std::optional<std::uint32_t> user_id = {};  ///< who runs this; nothing: not asked
};

/// An opened store's directories, with its lock held by whoever writes.
struct IdentifiedStore {
  std::unique_ptr<Directory> root;
  std::unique_ptr<Directory> own;  ///< ROOT/.imapkeep
  std::unique_ptr<FileLock> lock;
  StoreIdentity identity;
  bool created = false;
  FileOrigin origin;  ///< of store.json
};

Result<IdentifiedStore> open_store(Files& files, const StoreWish& wish);

/// Of a store that is only read: nothing is made, and no lock is taken. `expected_id` empty: any
/// store will do.
Result<IdentifiedStore> open_store_to_read(Files& files, const std::string& root,
                                           const std::string& expected_id);

/// "2026-11-23T10:00:00Z" and its first ten characters.
std::string utc_time(WallTime at);
std::string utc_date(WallTime at);

}  // namespace imapkeep
