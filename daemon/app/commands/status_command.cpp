#include "daemon/app/commands/status_command.h"

#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <optional>
#include <utility>

#include "daemon/app/application.h"
#include "daemon/app/commands/daemon_request.h"
#include "daemon/app/make_store.h"
#include "daemon/app/system_ports.h"
#include "daemon/app/terminal.h"
#include "daemon/base/bytes.h"
#include "daemon/control/control_client.h"
#include "daemon/io/lock_holder.h"
#include "daemon/observe/status_json.h"
#include "daemon/observe/status_text.h"

namespace imapkeep {
namespace {

enum class Source {
  kNoDaemon,      ///< none runs
  kSilentDaemon,  ///< there is one, and it does not answer
  kNoLedger,      ///< none runs, and nothing was ever written down
  kNoDirectory,   ///< the same; or the disk of the state directory is not mounted
};

/// Where what is shown comes from.
std::string last_line(Source source, const std::string& state) {
  switch (source) {
    case Source::kSilentDaemon:
      return "the daemon does not answer; this is what was written down last\n";
    case Source::kNoLedger:
      return "there is no ledger in " + printable_utf8(state, 1000) +
             ": nothing has been synced yet, or `state` in the configuration names another "
             "directory\n";
    case Source::kNoDirectory:
      return "there is no directory " + printable_utf8(state, 1000) +
             ": nothing has been synced yet, or its disk is not mounted, or `state` in the "
             "configuration names another directory\n";
    case Source::kNoDaemon:
      break;
  }
  const auto writer = lock_holder(lock_path(state));
  return writer ? "a sync is under way (process " + std::to_string(*writer) +
                      "); this is what it has stored so far\n"
                : "no daemon runs; this is what was written down last\n";
}

/// Of a state directory that no sync has made yet, no account is known.
Result<StatusSnapshot> snapshot_of(const Ports& ports, const Settings& settings, Source& source) {
  const auto vault = open_vault(ports, settings);
  auto snapshot =
      take_snapshot(ports, settings, *make_ledger_reader(settings.state), vault, LiveStates());
  if (snapshot || snapshot.error().os_code != ENOENT || source != Source::kNoDaemon)
    return snapshot;
  source = ::access(settings.state.c_str(), F_OK) == 0 ? Source::kNoLedger : Source::kNoDirectory;
  return join_snapshot(settings, {}, {}, look_at_tokens(ports, settings, vault),
                       ports.clock.wall_now());
}

}  // namespace

int run_status(CommandInput input) {
  const Command& command = input.command;
  Source source = Source::kNoDaemon;
  int silent_code = 0;
  {
    EventLoop loop;
    UvTimers timers(loop);
    auto daemon = connect_to_daemon(loop, input.settings.state, input.environment.user_id);
    if (daemon) {
      // `status --watch | head` ends when head does; the loop would have us survive it.
      std::signal(SIGPIPE, SIG_DFL);
      Terminal terminal(STDERR_FILENO);
      const DaemonAnswer answer =
          ask_daemon(loop, timers, terminal, std::move(*daemon),
                     {ControlRequest::Verb::kStatus, {}, command.json, command.watch});
      if (answer.answered || command.watch) return answer.exit_code;
      source = Source::kSilentDaemon;
      silent_code = answer.exit_code;
    } else if (command.watch) {
      return complain(daemon.error());
    }
  }
  SystemPorts system(std::move(input.environment));
  const auto snapshot = snapshot_of(system.ports(), input.settings, source);
  if (!snapshot) return complain(snapshot.error());
  const std::string text = command.json
                               ? status_json(*snapshot)
                               : status_text(*snapshot) + last_line(source, input.settings.state);
  const int code = source == Source::kSilentDaemon  ? silent_code
                   : source == Source::kNoDirectory ? kExitStore
                                                    : status_exit_code(*snapshot);
  return print({code, text, ""});
}

}  // namespace imapkeep
