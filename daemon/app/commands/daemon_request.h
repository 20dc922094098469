// What a command asks of a daemon that runs: to do the command's work, or to go on at once with
// accounts for which something has just changed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "daemon/app/system_ports.h"
#include "daemon/app/terminal.h"
#include "daemon/base/stream.h"
#include "daemon/control/control_handler.h"

namespace imapkeep {

struct DaemonAnswer {
  int exit_code = 0;
  bool answered = false;  ///< else it has been said why not
};

/// Runs the loop until the daemon has answered, and shows what it says. `terminal`: standard error.
DaemonAnswer ask_daemon(EventLoop& loop, Timers& timers, Terminal& terminal,
                        std::unique_ptr<Stream> daemon, const ControlRequest& request);

/// What helps these accounts is there: a daemon that waits before it tries again does it at once.
/// One that does not hear of it looks for itself, within five minutes.
void wake_daemon(SystemPorts& system, const std::string& state, std::vector<std::string> accounts);

}  // namespace imapkeep
