// `imapkeep sync`: each account brought level once, several at a time, with progress. One account's
// trouble is told and the others go on; the exit code is the highest of them all.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "daemon/app/application.h"
#include "daemon/app/progress_line.h"
#include "daemon/app/terminal.h"
#include "daemon/io/signals.h"
#include "sync/mirror/account_sync.h"

namespace imapkeep {

class SyncCommand final : private Progress {
 public:
  SyncCommand(Application& application, EventLoop& loop, Terminal& terminal);
  ~SyncCommand() override;
  /// Runs the loop to the end; the exit code.
  int run();

 private:
  struct Running {
    std::unique_ptr<AccountSync> sync;
    Operation operation;
  };

  void start_next();
  void on_ended(Account& account, const Result<SyncOutcome>& outcome);
  void report(const Account& account, const SyncOutcome& outcome);
  void on_signal(int number);
  void redraw();

  void on_planned(const std::string& folder, std::uint64_t messages) override;
  void on_bytes(std::uint64_t received) override;
  void on_stored(std::uint64_t messages, std::uint64_t bytes) override;
  void on_folder_done(const std::string& folder) override;

  Application& application_;
  EventLoop& loop_;
  Terminal& terminal_;

  std::deque<Account*> waiting_;
  std::map<Account*, Running> running_;
  ProgressCounts counts_;
  MonoTime started_;
  Operation redraw_timer_;
  Operation ledger_opening_;
  std::unique_ptr<Signals> signals_;
  int exit_code_ = 0;
};

}  // namespace imapkeep
