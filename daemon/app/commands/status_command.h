// `imapkeep status`: what the daemon says of the accounts, or, where none runs, what the ledger
// says that was written down last.
#pragma once

#include "daemon/app/commands/command_input.h"

namespace imapkeep {

/// The exit code. Changes nothing.
int run_status(CommandInput input);

}  // namespace imapkeep
