// What `status` shows when no daemon answers: the ledger read from outside, as it stood at one
// moment, without changing anything. A writer is waited for only where the ledger is not in WAL
// mode (mappable.h). It blocks: for programs that do nothing else.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/result.h"
#include "sync/state/ledger.h"
#include "sync/state/sqlite_database.h"

namespace imapkeep {

struct AccountReport {
  std::string name;
  std::string store_id;                  ///< empty: no store yet
  std::int64_t opened_ms = 0;            ///< when a program last opened the account to write
  std::int64_t complete_ms = 0;          ///< end of the last pass that stored everything; 0: none
  std::optional<PassSummary> last_pass;  ///< complete or not
  std::vector<LedgerFolder> folders;     ///< not those that are gone
  std::vector<QuarantinedMessage> quarantined;
  std::vector<WaitingDeparture> waiting;  ///< gone from the server, and not let go yet
  std::uint64_t other_sizes = 0;          ///< live messages of another size than was announced
  std::vector<DoubtfulMessage> doubtful;  ///< no more than kMostDoubtful
  /// Folders that the choice leaves out, by the name that is shown.
  std::map<std::string, std::int64_t> left_out_since_ms;
};

inline constexpr std::uint64_t kMostDoubtful = 100;

struct ReadOptions {
  int patience_ms = Database::kPatienceMs;
  std::optional<bool> may_map{};  ///< see mappable.h; left out: the file system is asked
};

/// By name. Errors (Trouble::kStore): there is no ledger, it is not one, of a later version, or
/// damaged; kRetryLater: somebody has been writing to it for longer than the patience lasts.
Result<std::vector<AccountReport>> read_ledger(const std::string& path, ReadOptions options = {});

}  // namespace imapkeep
