// What `status` says of the folders that the operator's choice leaves out, and of patterns that
// choose nothing. What such a folder holds in the mirror stays, but is not what the server holds.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "daemon/base/clock.h"
#include "sync/state/ledger_report.h"

namespace imapkeep {

[[nodiscard]] bool is_left_out(const AccountReport& report, const LedgerFolder& folder);

/// Lines for people, each ended; empty when nothing is left out.
std::string choice_lines(const AccountReport& report, WallTime now);

/// Puts `left_out` and `vain_patterns` into the account's JSON.
void add_choice(const AccountReport& report, nlohmann::ordered_json& entry);

}  // namespace imapkeep
