// The ledger's file: found, checked, made, moved aside. Because everything in it can be had again
// from the journals, a file that is damaged, of a later version or not a ledger never stops the
// program: it is moved to `ledger.damaged-<n>` and an empty one is made. What cannot be helped that
// way (a directory in the way, no permission, a full disk) is an error.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "daemon/base/result.h"
#include "sync/state/ledger.h"
#include "sync/state/sqlite/sqlite_database.h"

namespace imapkeep {

class LedgerFile {
 public:
  /// `may_map`: see mappable.h; left out: the file system is asked.
  explicit LedgerFile(std::string path, std::optional<bool> may_map = std::nullopt)
      : path_(std::move(path)), may_map_(may_map) {}
  ~LedgerFile();
  LedgerFile(const LedgerFile&) = delete;
  LedgerFile& operator=(const LedgerFile&) = delete;

  /// Opens at the first call, and again after a failure to open.
  Result<Database*> database();
  /// How it was opened; meaningful after database() succeeded.
  [[nodiscard]] const LedgerOpening& opening() const { return opening_; }
  /// To be called after each piece of work. After a call of the system has failed the next piece
  /// opens the file again. When SQLite has found damage the file is moved aside now, and every
  /// further call fails until the program starts again: account numbers that are in use must not
  /// meet an empty ledger.
  void check_after_work();
  /// It was moved aside. The one call that may come from any thread.
  [[nodiscard]] bool is_lost() const { return lost_; }

 private:
  Result<std::unique_ptr<Database>> open();
  Result<Done> move_aside(std::string reason);

  std::string path_;
  std::optional<bool> may_map_;
  std::unique_ptr<Database> database_;
  LedgerOpening opening_;
  std::atomic<bool> lost_ = false;
  bool was_open_ = false;  ///< in this process: account numbers are in use
};

}  // namespace imapkeep
