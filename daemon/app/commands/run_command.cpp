#include "daemon/app/commands/run_command.h"

#include <csignal>
#include <cstdlib>
#include <utility>

#include "config/settings_reader.h"
#include "daemon/app/version.h"
#include "daemon/base/events.h"
#include "daemon/base/exit_code.h"
#include "daemon/io/descriptor_limit.h"
#include "daemon/io/journal_sink.h"

namespace imapkeep {
namespace {

// A service manager waits longer, people do not; what is not durable by then is fetched again.
constexpr Duration kStopDeadline = std::chrono::milliseconds(4500);
// But a provider gives a new refresh token only once: its answer is worth more of the 30 seconds
// that the units allow.
constexpr Duration kRenewalDeadline = std::chrono::seconds(23);

/// Several complaints are several lines.
std::string in_one_line(const std::string& text) {
  std::string line;
  for (const char c : text) line += c == '\n' ? std::string("; ") : std::string(1, c);
  return line;
}

}  // namespace

RunCommand::RunCommand(SystemPorts& system, Application& application,
                       std::function<Result<Settings>()> load)
    : system_(system),
      application_(application),
      load_(std::move(load)),
      manager_(own_service_manager(system.environment, system.clock, system.timers)),
      host_events_(system.loop, system.timers, application.log),
      watchdog_(*manager_, system.timers, system.clock, application.log),
      worker_watch_(
          [&system](PoolKind kind) {
            system.workers.relieve();
            return system.workers.oldest_at_work(kind);
          },
          system.timers, application.log),
      supervisor_(application),
      handler_(supervisor_, [this] { return reload(); }),
      control_(system.timers, handler_) {}

int RunCommand::run() {
  signals_ =
      std::make_unique<Signals>(system_.loop, std::initializer_list<int>{SIGINT, SIGTERM, SIGHUP},
                                [this](int number) { on_signal(number); });
  starting_ = supervisor_.start([this](const Result<Done>& started) { on_started(started); });
  system_.loop.run();
  application_.log.info(events::kStopped);
  listener_.reset();
  for (const PoolKind kind : kPoolKinds) {
    // It may wait for a name server, a file server or a command for minutes, and what it does is
    // wanted by nobody any more. All that matters is durable.
    if (system_.workers.oldest_at_work(kind)) std::_Exit(exit_code_);
  }
  signals_.reset();
  return exit_code_;
}

void RunCommand::on_started(const Result<Done>& started) {
  if (!started) return fail(started.error());
  auto listener = LocalListener::open(
      {system_.loop, system_.timers, application_.log, system_.environment.user_id},
      {application_.settings.state, "control", ControlServer::refusal()},
      [this](std::unique_ptr<Stream> stream) { control_.accept(std::move(stream)); });
  if (!listener) return fail(listener.error());
  listener_ = std::move(*listener);
  host_event_ =
      host_events_.watch([this](HostEvent host_event) { supervisor_.on_host_event(host_event); });
  listening_ = supervisor_.listen([this] {
    if (stopping_) return;
    if (application_.ledger->is_lost()) {
      // Started again, by the service manager, it makes a new one from the journals.
      // From the loop: the account that found out is on the stack.
      exit_code_ = kExitStore;
      if (!ending_) deadline_ = system_.timers.soon([this] { stop(); });
      ending_ = true;
      return;
    }
    manager_->status(status());
  });
  application_.log.info(
      events::kStarted,
      {{"version", kVersion}, {"accounts", std::to_string(application_.accounts.size())}});
  started_ = true;
  manager_->ready(status());
  if (reload_asked_) (void)reload();
}

std::string RunCommand::status() const {
  return complaint_.empty() ? supervisor_.summary()
                            : supervisor_.summary() + "; the configuration was not reloaded: " +
                                  complaint_.substr(0, complaint_.find('\n'));
}

void RunCommand::on_signal(int number) {
  if (number == SIGHUP) {
    if (started_) {
      (void)reload();
    } else {
      reload_asked_ = true;
    }
    return;
  }
  if (!stopping_) return stop();
  // The second one need not wait.
  system_.loop.stop();
}

Result<Done> RunCommand::reload() {
  if (stopping_) return Error{Remedy::kRetryLater, Trouble::kBusy, "the daemon is stopping", 0};
  manager_->reloading();
  auto fresh = load_();
  Result<Done> reloaded = fresh ? supervisor_.reload(std::move(*fresh)) : fresh.error();
  complaint_ = reloaded ? std::string() : reloaded.error().what;
  if (reloaded) {
    application_.log.info("configuration reloaded");
  } else {
    application_.log.error("configuration not reloaded; the old one stays in force",
                           {{"why", in_one_line(complaint_)}});
  }
  manager_->ready(status());
  return reloaded;
}

void RunCommand::stop() {
  stopping_ = true;
  manager_->stopping("finishing what has begun");
  listening_.cancel();
  starting_.cancel();
  left_to_stop_ = 2;
  stopping_accounts_ = supervisor_.stop([this](const Result<Done>&) { end_when_all_stopped(); });
  stopping_clients_ = control_.shutdown("the daemon is stopping",
                                        [this](const Result<Done>&) { end_when_all_stopped(); });
  // Tokens that could not be kept are tried again from now on, whatever the accounts do.
  stopping_tokens_ = application_.grants.finish([](const Result<Done>&) {});
  deadline_ = system_.timers.after(kStopDeadline, [this] {
    // An account that hangs must not take with it the token that another one waits for.
    stopping_tokens_ = application_.grants.finish([this](const Result<Done>&) { give_up(); });
    deadline_ = system_.timers.after(kRenewalDeadline, [this] { give_up(); });
  });
}

void RunCommand::give_up() {
  application_.log.warning("not everything came to its end in time; it is fetched again");
  system_.loop.stop();
}

void RunCommand::end_when_all_stopped() {
  if (--left_to_stop_ == 0) system_.loop.stop();
}

void RunCommand::fail(const Error& error) {
  application_.log.error("cannot start", {{"why", error.what}});
  exit_code_ = exit_code(error.trouble);
  system_.loop.stop();
}

int run_daemon(CommandInput input) {
  raise_descriptor_limit();
  SystemPorts system(std::move(input.environment));
  const auto sink =
      daemon_log_sink(system.environment, system.clock,
                      input.command.verbosity > 0 ? LogLevel::kDebug : LogLevel::kInfo);
  const auto application = Application::open(system.ports(), std::move(input.settings), Log(*sink));
  if (!application) return complain(application.error());
  RunCommand daemon(system, **application, [&system, &input] {
    return load_settings(system.files, system.environment, input.config);
  });
  return daemon.run();
}

}  // namespace imapkeep
