// What the ledger knows of the accounts, as it stood at one moment: what `status` is made of.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sync/state/ledger.h"

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

}  // namespace imapkeep
