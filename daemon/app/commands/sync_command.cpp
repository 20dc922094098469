#include "daemon/app/commands/sync_command.h"

#include <unistd.h>

#include <csignal>
#include <utility>

#include "daemon/app/account_choice.h"
#include "daemon/app/commands/daemon_request.h"
#include "daemon/app/system_ports.h"
#include "daemon/base/exit_code.h"
#include "daemon/control/control_client.h"
#include "daemon/io/log_sink.h"
#include "daemon/observe/sync_report.h"

namespace imapkeep {
namespace {

constexpr std::size_t kAccountsAtOnce = 8;
constexpr Duration kRedraw = std::chrono::milliseconds(200);

}  // namespace

SyncCommand::SyncCommand(Application& application, EventLoop& loop, Terminal& terminal,
                         bool accept_gone)
    : application_(application), loop_(loop), terminal_(terminal), accept_gone_(accept_gone) {
  for (const auto& account : application_.accounts) waiting_.push_back(account.get());
}

SyncCommand::~SyncCommand() { terminal_.set_bar(""); }

int SyncCommand::run() {
  started_ = application_.ports.clock.mono_now();
  signals_ = std::make_unique<Signals>(loop_, std::initializer_list<int>{SIGINT, SIGTERM},
                                       [this](int number) { on_signal(number); });
  ledger_opening_ = application_.ledger->open([this](Result<LedgerOpening> opening) {
    if (!opening) {
      terminal_.write_line("imapkeep: " + opening.error().what);
      exit_code_ = exit_code(opening.error().trouble);
      return loop_.stop();
    }
    if (!opening->moved_to.empty()) {
      application_.log.warning("ledger could not be used and is rebuilt from the journals",
                               {{"moved_to", opening->moved_to}});
    }
    start_next();
  });
  redraw();
  loop_.run();
  redraw_timer_.cancel();
  terminal_.set_bar("");
  signals_.reset();
  return exit_code_;
}

void SyncCommand::start_next() {
  while (!waiting_.empty() && running_.size() < kAccountsAtOnce) {
    Account* account = waiting_.front();
    waiting_.pop_front();
    Running& running = running_[account];
    running.sync = std::make_unique<AccountSync>(application_.deps_of(*account, progress_),
                                                 account->settings.name, account->settings.server,
                                                 account->settings.mirror, accept_gone_);
    running.operation = running.sync->start(
        [this, account](Result<SyncOutcome> outcome) { on_ended(*account, outcome); });
  }
  if (running_.empty()) finish();
}

// A refresh token that a provider has exchanged is given only once.
void SyncCommand::finish() {
  finishing_ = application_.grants.finish([this](const Result<Done>&) { loop_.stop(); });
}

void SyncCommand::on_ended(Account& account, const Result<SyncOutcome>& outcome) {
  if (outcome) report(account, *outcome);
  // The sync is still on the stack: it dies from the loop.
  running_[&account].operation = application_.ports.timers.soon([this, &account] {
    running_.erase(&account);
    start_next();
  });
}

void SyncCommand::report(const Account& account, const SyncOutcome& outcome) {
  const SyncReport report = report_sync(account.settings.name, outcome);
  for (const std::string& line : report.lines) terminal_.write_line(line);
  exit_code_ = worse_exit_code(exit_code_, report.exit_code);
}

void SyncCommand::on_signal(int number) {
  // What is durable stays; the batch under way is fetched again. The second signal need not wait.
  if (exit_code_ > 128) return loop_.stop();
  const ProgressCounts counts = progress_.counts();
  terminal_.write_line(counts.stored >= counts.planned
                           ? std::string("imapkeep: stopped")
                           : "imapkeep: stopped; " + with_commas(counts.stored) +
                                 " messages were stored, and the next sync goes on from there");
  exit_code_ = 128 + number;
  waiting_.clear();
  running_.clear();
  finish();
}

void SyncCommand::redraw() {
  if (!terminal_.is_terminal()) return;
  ProgressCounts counts = progress_.counts();
  counts.accounts = application_.accounts.size();
  counts.accounts_done = counts.accounts - waiting_.size() - running_.size();
  terminal_.set_bar(
      progress_line(counts, application_.ports.clock.mono_now() - started_, terminal_.width() - 1));
  redraw_timer_ = application_.ports.timers.after(kRedraw, [this] { redraw(); });
}

int run_sync(CommandInput input) {
  const Command& command = input.command;
  auto chosen = choose_accounts(input.settings, command.accounts);
  if (!chosen) return complain(chosen.error());
  input.settings.accounts = std::move(*chosen);

  Terminal terminal(STDERR_FILENO);
  SystemPorts system(std::move(input.environment));
  LineLogSink sink(
      system.clock, level_of(command),
      [&terminal](std::string_view line) {
        if (line.ends_with('\n')) line.remove_suffix(1);
        terminal.write_line(line);
      },
      reader_of_stderr());
  const std::string state = input.settings.state;
  auto application = Application::open(system.ports(), std::move(input.settings), Log(sink));
  if (application)
    return SyncCommand(**application, system.loop, terminal, command.accept_gone).run();
  if (application.error().trouble == Trouble::kBusy) {
    auto daemon = connect_to_daemon(system.loop, state, system.environment.user_id);
    if (daemon) {
      const ControlRequest request{ControlRequest::Verb::kSync, command.accounts, false, false,
                                   command.accept_gone};
      return ask_daemon(system.loop, system.timers, terminal, std::move(*daemon), request)
          .exit_code;
    }
  }
  return complain(application.error());
}

}  // namespace imapkeep
