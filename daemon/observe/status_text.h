// `imapkeep status` for people.
#pragma once

#include <string>

#include "daemon/observe/status_snapshot.h"

namespace imapkeep {

/// Accounts that the ledger does not know yet are "never synced".
std::string status_text(const StatusSnapshot& snapshot);

}  // namespace imapkeep
