// `imapkeep account adopt NAME`: the account's store is the configured mailbox's from now on
// (store_adoption.h); says what it did. For the one case in which the program refuses to
// decide by itself; a running daemon has to be stopped for it.
#pragma once

#include "daemon/app/application.h"
#include "daemon/app/commands/command_input.h"
#include "daemon/app/terminal.h"
#include "daemon/io/event_loop.h"
#include "sync/pass/store_adoption.h"

namespace imapkeep {

class AdoptCommand final {
 public:
  /// `application` holds the one account.
  AdoptCommand(Application& application, EventLoop& loop, Terminal& screen);
  /// Runs the loop to the end; the exit code.
  int run();

 private:
  void on_adopted(const Result<Adoption>& adoption);
  void end_with(const std::string& line, int code);

  Application& application_;
  EventLoop& loop_;
  Terminal& screen_;
  Account& account_;
  MailboxOwner configured_;
  Progress progress_;
  StoreAdoption adoption_;
  Operation ledger_opening_;
  Operation operation_;
  int exit_code_ = 0;
};

/// The exit code.
int run_adopt(CommandInput input);

}  // namespace imapkeep
