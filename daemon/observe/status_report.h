// `imapkeep status`: what the ledger knows, for people or as JSON. Reads; never waits for a writer.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/settings.h"
#include "daemon/base/clock.h"
#include "daemon/observe/token_facts.h"
#include "sync/follow/account_state.h"
#include "sync/state/ledger_report.h"

namespace imapkeep {

using LiveStates = std::map<std::string, AccountState>;

/// Accounts of the configuration that the ledger does not know yet are "never synced".
/// `live`: how the daemon's accounts are doing, by name; empty without a daemon. `tokens`: of those
/// with OAuth.
std::string status_text(const Settings& settings, const std::vector<AccountReport>& reports,
                        WallTime now, const LiveStates& live = {}, const TokenStates& tokens = {});
std::string status_json(const Settings& settings, const std::vector<AccountReport>& reports,
                        const LiveStates& live = {}, const TokenStates& tokens = {});

/// 0 when the last pass of every configured account was complete; else 1.
int status_exit_code(const Settings& settings, const std::vector<AccountReport>& reports);

}  // namespace imapkeep
