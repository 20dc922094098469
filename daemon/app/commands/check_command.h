// `imapkeep check`: reads the configuration and says everything that is wrong with it, or in a line
// for each account what would be done. Looks at the files that the configuration names, passwords
// among them; runs no command and asks no server. Environment variables and credentials are not
// looked for: they belong to the daemon's surroundings, not to those of whoever checks.
#pragma once

#include <string>

#include "daemon/app/cli.h"
#include "daemon/base/files.h"
#include "daemon/base/process_environment.h"

namespace imapkeep {

/// What to print and how to end. Blocks.
CliAnswer check_configuration(Files& files, const ProcessEnvironment& environment,
                              const Command& command);

}  // namespace imapkeep
