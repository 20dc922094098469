// `imapkeep doctor ACCOUNT`: what the Doctor finds, in lines as it goes, or as JSON at the end.
#pragma once

#include "daemon/app/commands/command_input.h"

namespace imapkeep {

/// The exit code. Works beside a daemon: the state directory is not locked.
int run_doctor(CommandInput input);

}  // namespace imapkeep
