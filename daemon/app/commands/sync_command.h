// `imapkeep sync`: each account brought level once, several at a time, with progress. One account's
// trouble is told and the others go on; the exit code is the highest of them all.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "daemon/app/application.h"
#include "daemon/app/commands/command_input.h"
#include "daemon/app/terminal.h"
#include "daemon/io/signals.h"
#include "daemon/observe/counted_progress.h"
#include "sync/pass/account_sync.h"

namespace imapkeep {

class SyncCommand final {
 public:
  /// `accept_gone`: what is gone from the server and waits for a person may leave.
  SyncCommand(Application& application, EventLoop& loop, Terminal& terminal, bool accept_gone);
  ~SyncCommand();
  SyncCommand(const SyncCommand&) = delete;
  SyncCommand& operator=(const SyncCommand&) = delete;
  /// Runs the loop to the end; the exit code.
  int run();

 private:
  struct Running {
    std::unique_ptr<AccountSync> sync;
    Operation operation;
  };

  void start_next();
  void finish();
  void on_ended(Account& account, const Result<SyncOutcome>& outcome);
  void report(const Account& account, const SyncOutcome& outcome);
  void on_signal(int number);
  void redraw();

  Application& application_;
  EventLoop& loop_;
  Terminal& terminal_;
  bool accept_gone_;

  std::deque<Account*> waiting_;
  std::map<Account*, Running> running_;
  CountedProgress progress_;
  MonoTime started_;
  Operation redraw_timer_;
  Operation ledger_opening_;
  Operation finishing_;
  std::unique_ptr<Signals> signals_;
  int exit_code_ = 0;
};

/// Here, or by a daemon that has the accounts already; the exit code.
int run_sync(CommandInput input);

}  // namespace imapkeep
