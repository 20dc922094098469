// argv → command → exit code.
#include <malloc.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <optional>
#include <string>
#include <system_error>
#include <variant>
#include <vector>

#include "config/config_location.h"
#include "config/settings_reader.h"
#include "daemon/app/account_choice.h"
#include "daemon/app/application.h"
#include "daemon/app/cli.h"
#include "daemon/app/commands/adopt_command.h"
#include "daemon/app/commands/check_command.h"
#include "daemon/app/commands/doctor_command.h"
#include "daemon/app/commands/login_command.h"
#include "daemon/app/commands/providers_command.h"
#include "daemon/app/commands/remote_command.h"
#include "daemon/app/commands/run_command.h"
#include "daemon/app/commands/sync_command.h"
#include "daemon/app/make_store.h"
#include "daemon/app/own_environment.h"
#include "daemon/app/system_ports.h"
#include "daemon/app/terminal.h"
#include "daemon/base/exit_code.h"
#include "daemon/io/descriptor_limit.h"
#include "daemon/io/journal_sink.h"
#include "daemon/io/lock_holder.h"
#include "daemon/io/log_sink.h"
#include "daemon/observe/status_json.h"
#include "daemon/observe/status_text.h"

namespace imapkeep {
namespace {

int print(const CliAnswer& answer) {
  std::fwrite(answer.out.data(), 1, answer.out.size(), stdout);
  std::fwrite(answer.err.data(), 1, answer.err.size(), stderr);
  return answer.exit_code;
}

int complain(const Error& error) {
  return print({exit_code(error.trouble), "", "imapkeep: " + error.what + "\n"});
}

struct Remote {
  int exit_code = 0;
  bool answered = false;
};

Remote run_in_daemon(EventLoop& loop, Timers& timers, Terminal& terminal,
                     std::unique_ptr<Stream> daemon, const ControlRequest& request) {
  const SystemClock clock;
  Terminal screen(STDOUT_FILENO);
  RemoteCommand command({loop, timers, clock, terminal, screen, [](const std::string& text) {
                           print({0, text, ""});
                         }});
  const int code = command.run(std::move(daemon), request);
  return {code, command.answered()};
}

int run_status(const Settings& settings, const Command& command, ProcessEnvironment environment) {
  std::optional<int> silent;  // there is a daemon, and it does not answer
  {
    EventLoop loop;
    UvTimers timers(loop);
    auto daemon = connect_to_daemon(loop, settings.state, environment.user_id);
    if (daemon) {
      // `status --watch | head` ends when head does; the loop would have us survive it.
      std::signal(SIGPIPE, SIG_DFL);
      Terminal terminal(STDERR_FILENO);
      const Remote remote =
          run_in_daemon(loop, timers, terminal, std::move(*daemon),
                        {ControlRequest::Verb::kStatus, {}, command.json, command.watch});
      if (remote.answered || command.watch) return remote.exit_code;
      silent = remote.exit_code;
    } else if (command.watch) {
      return complain(daemon.error());
    }
  }
  SystemPorts system(std::move(environment));
  const auto snapshot = take_snapshot(system.ports(), settings, *make_ledger_reader(settings.state),
                                      open_vault(system.ports(), settings), {});
  if (!snapshot) return complain(snapshot.error());
  std::string text = command.json ? status_json(*snapshot) : status_text(*snapshot);
  if (!command.json) {
    const auto writer = silent ? std::nullopt : lock_holder(lock_path(settings.state));
    text += writer ? "a sync is under way (process " + std::to_string(*writer) +
                         "); this is what it has stored so far\n"
            : silent ? "the daemon does not answer; this is what was written down last\n"
                     : "no daemon runs; this is what was written down last\n";
  }
  return print({silent.value_or(status_exit_code(*snapshot)), text, ""});
}

/// Of a command that a person looks on at.
LogLevel level_of(const Command& command) {
  return command.verbosity >= 2   ? LogLevel::kDebug
         : command.verbosity == 1 ? LogLevel::kInfo
                                  : LogLevel::kWarning;
}

int run_sync(Settings settings, const Command& command, ProcessEnvironment environment) {
  auto chosen = choose_accounts(settings, command.accounts);
  if (!chosen) return complain(chosen.error());
  settings.accounts = std::move(*chosen);

  Terminal terminal(STDERR_FILENO);
  SystemPorts system(std::move(environment));
  LineLogSink sink(
      system.clock, level_of(command),
      [&terminal](std::string_view line) {
        if (line.ends_with('\n')) line.remove_suffix(1);
        terminal.write_line(line);
      },
      reader_of_stderr());
  const std::string state = settings.state;
  auto application = Application::open(system.ports(), std::move(settings), Log(sink));
  if (application)
    return SyncCommand(**application, system.loop, terminal, command.accept_gone).run();
  if (application.error().trouble == Trouble::kBusy) {
    auto daemon = connect_to_daemon(system.loop, state, system.environment.user_id);
    if (daemon) {
      const ControlRequest request{ControlRequest::Verb::kSync, command.accounts, false, false,
                                   command.accept_gone};
      return run_in_daemon(system.loop, system.timers, terminal, std::move(*daemon), request)
          .exit_code;
    }
  }
  return complain(application.error());
}

int run_adopt(Settings settings, const Command& command, ProcessEnvironment environment) {
  auto chosen = choose_accounts(settings, command.accounts);
  if (!chosen) return complain(chosen.error());
  settings.accounts = std::move(*chosen);
  Terminal screen(STDOUT_FILENO);
  SystemPorts system(std::move(environment));
  LineLogSink sink(system.clock, level_of(command), write_to_stderr, reader_of_stderr());
  const auto application = Application::open(system.ports(), std::move(settings), Log(sink));
  if (!application) return complain(application.error());
  return AdoptCommand(**application, system.loop, screen).run();
}

/// Accounts that live on the same grant as this one, which is among them.
std::vector<std::string> sharers_of(const AccountSettings& account, const Settings& settings) {
  std::vector<std::string> names;
  const auto* options = std::get_if<OAuthOptions>(&account.auth.proof);
  if (options == nullptr) return {account.name};
  for (const AccountSettings& other : settings.accounts) {
    // Where the options say who consents, one consent opens the mailboxes of several.
    const bool is_same_person = !options->user.empty() || other.auth.user == account.auth.user;
    if (is_same_person && other.auth.proof == account.auth.proof) names.push_back(other.name);
  }
  return names;
}

/// What helps these accounts is there: a daemon that waits for better times goes on at once. One
/// that does not hear of it looks for itself, within five minutes.
void wake_daemon(SystemPorts& system, const std::string& state, std::vector<std::string> accounts) {
  auto daemon = connect_to_daemon(system.loop, state, system.environment.user_id);
  if (!daemon) return;
  Terminal terminal(STDERR_FILENO);
  (void)run_in_daemon(system.loop, system.timers, terminal, std::move(*daemon),
                      {ControlRequest::Verb::kWake, std::move(accounts)});
}

int run_doctor(Settings settings, const Command& command, ProcessEnvironment environment) {
  auto chosen = choose_account(settings, command.accounts);
  if (!chosen) return complain(chosen.error());
  const std::vector<std::string> sharers = sharers_of(*chosen, settings);
  settings.accounts = {std::move(*chosen)};
  Terminal screen(STDOUT_FILENO);
  SystemPorts system(std::move(environment));
  const auto least = command.verbosity > 0 ? LogLevel::kDebug : LogLevel::kError;
  LineLogSink sink(system.clock, least, write_to_stderr, reader_of_stderr());
  const auto code = run_doctor(system, settings, command.json, screen, Log(sink));
  if (!code) return complain(code.error());
  // The token that has just been renewed, or whatever else a person has mended before asking.
  if (*code == kExitOk) wake_daemon(system, settings.state, sharers);
  return *code;
}

int run_login(const Settings& settings, const Command& command, ProcessEnvironment environment) {
  const auto chosen = choose_account(settings, command.accounts);
  if (!chosen) return complain(chosen.error());
  const AccountSettings& account = *chosen;
  const auto usable = can_log_in(account);
  if (!usable) return complain(usable.error());
  SystemPorts system(std::move(environment));
  const auto vault = open_vault(system.ports(), settings);
  if (!vault) return complain(vault.error());
  Terminal screen(STDOUT_FILENO);
  LineLogSink sink(system.clock, level_of(command), write_to_stderr, reader_of_stderr());
  const Log log = Log(sink).with({{"account", account.name}});
  const int code = LoginCommand({system, *vault, screen, log}, account, settings.state).run();
  if (code != kExitOk) return code;
  wake_daemon(system, settings.state, sharers_of(account, settings));
  return code;
}

int run_daemon(Settings settings, const Command& command, const std::string& path,
               ProcessEnvironment environment) {
  raise_descriptor_limit();
  SystemPorts system(std::move(environment));
  const auto sink = daemon_log_sink(system.environment, system.clock,
                                    command.verbosity > 0 ? LogLevel::kDebug : LogLevel::kInfo);
  auto application = Application::open(system.ports(), std::move(settings), Log(*sink));
  if (!application) return complain(application.error());
  RunCommand daemon(system, **application, [&system, path] {
    return load_settings(system.files, system.environment, path);
  });
  return daemon.run();
}

int run(const Command& command) {
  if (command.verb == Verb::kProviders) return print(show_providers(command));
  ProcessEnvironment environment = own_environment();
  PosixFiles files;
  if (command.verb == Verb::kCheck) return print(check_configuration(files, environment, command));
  const auto path = find_config(files, environment, command.config);
  if (!path) return complain(path.error());
  auto settings = load_settings(files, environment, *path);
  if (!settings) {
    return print({exit_code(settings.error().trouble), "", settings.error().what + "\n"});
  }
  if (command.verb == Verb::kRun) {
    return run_daemon(std::move(*settings), command, *path, std::move(environment));
  }
  if (command.verb == Verb::kLogin) return run_login(*settings, command, std::move(environment));
  if (command.verb == Verb::kStatus) return run_status(*settings, command, std::move(environment));
  if (command.verb == Verb::kAdopt) {
    return run_adopt(std::move(*settings), command, std::move(environment));
  }
  if (command.verb == Verb::kDoctor) {
    return run_doctor(std::move(*settings), command, std::move(environment));
  }
  return run_sync(std::move(*settings), command, std::move(environment));
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
