// argv → command → exit code. Each command is in a file of its own in daemon/app/commands.
#include <malloc.h>

#include <string>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include "config/config_location.h"
#include "config/settings_reader.h"
#include "daemon/app/cli.h"
#include "daemon/app/commands/adopt_command.h"
#include "daemon/app/commands/check_command.h"
#include "daemon/app/commands/command_input.h"
#include "daemon/app/commands/doctor_command.h"
#include "daemon/app/commands/login_command.h"
#include "daemon/app/commands/providers_command.h"
#include "daemon/app/commands/run_command.h"
#include "daemon/app/commands/status_command.h"
#include "daemon/app/commands/sync_command.h"
#include "daemon/app/own_environment.h"
#include "daemon/base/exit_code.h"
#include "daemon/io/posix_files.h"

namespace imapkeep {
namespace {

/// Of the commands that need the configuration.
int run_with_settings(const Command& command, ProcessEnvironment environment, PosixFiles& files) {
  const auto path = find_config(files, environment, command.config);
  if (!path) return complain(path.error());
  auto settings = load_settings(files, environment, *path);
  if (!settings) {
    // Its complaints are whole lines, each with its place.
    return print({exit_code(settings.error().trouble), "", settings.error().what + "\n"});
  }
  CommandInput input{command, *path, std::move(*settings), std::move(environment)};
  switch (command.verb) {
    case Verb::kSync:
      return run_sync(std::move(input));
    case Verb::kRun:
      return run_daemon(std::move(input));
    case Verb::kStatus:
      return run_status(std::move(input));
    case Verb::kDoctor:
      return run_doctor(std::move(input));
    case Verb::kLogin:
      return run_login(std::move(input));
    case Verb::kAdopt:
      return run_adopt(std::move(input));
    case Verb::kCheck:
    case Verb::kProviders:
      break;
  }
  return kExitUsage;
}

int run(const Command& command) {
  if (command.verb == Verb::kProviders) return print(show_providers(command));
  ProcessEnvironment environment = own_environment();
  PosixFiles files;
  if (command.verb == Verb::kCheck) return print(check_configuration(files, environment, command));
  return run_with_settings(command, std::move(environment), files);
}

}  // namespace
}  // namespace imapkeep

int main(int argc, char** argv) {
  using namespace imapkeep;
  // What the loop allocates is freed by the strands' threads. With an arena for each thread a first
  // mirror took 33 MB, with one for all 27, and no longer.
  mallopt(M_ARENA_MAX, 1);
  const auto parsed = parse_command_line(std::vector<std::string>(argv + 1, argv + argc));
  if (const auto* answer = std::get_if<CliAnswer>(&parsed)) return print(*answer);
  try {
    return run(std::get<Command>(parsed));
  } catch (const std::system_error& error) {
    // Without an event loop, its timers and its threads nothing can be begun.
    return complain({Remedy::kRetryLater, Trouble::kStore,
                     std::string("cannot start: ") + error.what() +
                         "; look at the limits of this process (ulimit -a)",
                     error.code().value()});
  }
}
