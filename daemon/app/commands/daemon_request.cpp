#include "daemon/app/commands/daemon_request.h"

#include <unistd.h>

#include <utility>

#include "daemon/app/commands/command_input.h"
#include "daemon/app/commands/remote_command.h"
#include "daemon/control/control_client.h"

namespace imapkeep {

DaemonAnswer ask_daemon(EventLoop& loop, Timers& timers, Terminal& terminal,
                        std::unique_ptr<Stream> daemon, const ControlRequest& request) {
  const SystemClock clock;
  Terminal screen(STDOUT_FILENO);
  RemoteCommand command({loop, timers, clock, terminal, screen, [](const std::string& text) {
                           print({0, text, ""});
                         }});
  const int code = command.run(std::move(daemon), request);
  return {code, command.answered()};
}

void wake_daemon(SystemPorts& system, const std::string& state, std::vector<std::string> accounts) {
  auto daemon = connect_to_daemon(system.loop, state, system.environment.user_id);
  if (!daemon) return;
  Terminal terminal(STDERR_FILENO);
  (void)ask_daemon(system.loop, system.timers, terminal, std::move(*daemon),
                   {ControlRequest::Verb::kWake, std::move(accounts)});
}

}  // namespace imapkeep
