// In which order and in which portions messages are fetched. Newest first, because that is the mail
// people would miss; by announced bytes, because a batch is what a crash costs and what the disk
// must take at once. Announced sizes are hints (servers are wrong about them), so a batch is also
// bounded by its number of messages and by the length of its UID set on the wire.
#pragma once

#include <cstdint>
#include <vector>

#include "sync/imap/types/uid_set.h"

namespace imapkeep {

struct WantedMessage {
  Uid uid;
  std::uint64_t size_hint = 0;  ///< RFC822.SIZE; 0: unknown
};

struct FetchLimits {
  std::uint64_t bytes = 8U << 20;
  std::size_t messages = 200;
  std::size_t set_bytes = 1000;  ///< RFC 2683 §3.2.1.5
};

struct FetchBatch {
  UidSet uids;              ///< ascending on the wire: some servers refuse any other order
  std::uint64_t bytes = 0;  ///< as announced
  bool operator==(const FetchBatch&) const = default;
};

/// Every message in exactly one batch; a UID that comes twice counts once. A message larger than
/// the limit is a batch of its own.
std::vector<FetchBatch> fetch_batches(std::vector<WantedMessage> wanted, const FetchLimits& limits);

}  // namespace imapkeep
