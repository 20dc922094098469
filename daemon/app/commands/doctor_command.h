// `imapkeep doctor ACCOUNT`: what the Doctor finds, in lines as it goes, or as JSON at the end.
#pragma once

#include "config/settings.h"
#include "daemon/app/cli.h"
#include "daemon/app/system_ports.h"
#include "daemon/app/terminal.h"
#include "daemon/base/log.h"

namespace imapkeep {

/// Runs the machine's loop to the end; the exit code. `settings` holds the one account alone. Works
/// beside a daemon: the state directory is not locked. Errors: of the vault's key, of the state
/// directory.
Result<int> run_doctor(SystemPorts& system, const Settings& settings, bool json, Terminal& screen,
                       const Log& log);

}  // namespace imapkeep
