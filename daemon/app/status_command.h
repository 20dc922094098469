// `imapkeep status`: what the ledger knows, for people or as JSON. Reads; never waits for a writer.
#pragma once

#include <string>
#include <vector>

#include "config/settings.h"
#include "daemon/base/clock.h"
#include "sync/state/ledger_reader.h"

namespace imapkeep {

/// Accounts of the configuration that the ledger does not know yet are "never synced".
std::string status_text(const Settings& settings, const std::vector<AccountReport>& reports,
                        WallTime now);
std::string status_json(const Settings& settings, const std::vector<AccountReport>& reports);

/// 0 when the last pass of every configured account was complete; else 1.
int status_exit_code(const Settings& settings, const std::vector<AccountReport>& reports);

}  // namespace imapkeep
