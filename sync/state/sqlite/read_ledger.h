// What `status` shows when no daemon answers: the ledger read from outside, as it stood at one
// moment, without changing anything. A writer is waited for only where the ledger is not in WAL
// mode (mappable.h). It blocks: for programs that do nothing else.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/base/result.h"
#include "sync/state/ledger_report.h"
#include "sync/state/sqlite/sqlite_database.h"

namespace imapkeep {

struct ReadOptions {
  int patience_ms = Database::kPatienceMs;
  std::optional<bool> may_map{};  ///< see mappable.h; left out: the file system is asked
};

/// By name. Errors (Trouble::kStore): there is no ledger, it is not one, of a later version, or
/// damaged; kRetryLater: somebody has been writing to it for longer than the patience lasts.
Result<std::vector<AccountReport>> read_ledger(const std::string& path, ReadOptions options = {});

}  // namespace imapkeep
