// The LedgerReader of an SQLite file. A writer is waited for only where the ledger is not in WAL
// mode (mappable.h).
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/base/result.h"
#include "sync/state/ledger_reader.h"
#include "sync/state/sqlite/sqlite_database.h"

namespace imapkeep {

struct ReadOptions {
  int patience_ms = Database::kPatienceMs;
  std::optional<bool> may_map{};  ///< see mappable.h; left out: the file system is asked
};

/// By name. Errors (Trouble::kStore): there is no ledger, it is not one, of a later version, or
/// damaged; kRetryLater: somebody has been writing to it for longer than the patience lasts.
Result<std::vector<AccountReport>> read_ledger(const std::string& path, ReadOptions options = {});

class SqliteLedgerReader final : public LedgerReader {
 public:
  explicit SqliteLedgerReader(std::string path) : path_(std::move(path)) {}
  [[nodiscard]] Result<std::vector<AccountReport>> read() const override {
    return read_ledger(path_);
  }

 private:
  std::string path_;
};

}  // namespace imapkeep
