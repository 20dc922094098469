// One account brought level with its server once: one pass carried through (pass_run.h), a note of
// it in the ledger, and the store closed again. The store is opened while the connection is made.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "sync/pass/pass_run.h"
#include "sync/pass/store_opening.h"

namespace imapkeep {

class AccountSync {
 public:
  AccountSync(AccountDeps deps, std::string account_name, ServerOptions server,
              MirrorOptions mirror, bool accept_gone = false);
  [[nodiscard]] Operation start(Completion<SyncOutcome> done);

 private:
  void on_opened(Result<OpenedStore> opened);
  void on_run(Result<SyncOutcome> outcome);
  void take_leave();
  void record_and_close();
  void close();
  void end_when_both_done();

  AccountDeps deps_;
  ServerOptions server_;
  MirrorOptions mirror_;
  PassWish wish_;
  StoreOpening store_opening_;
  Suspects suspects_;
  std::unique_ptr<PassRun> run_;
  bool opening_under_way_ = true;
  bool run_ended_ = false;
  std::unique_ptr<imap::SourceConnection> connection_;
  std::int64_t started_ms_ = 0;
  bool leaving_ = false;  ///< LOGOUT is not answered yet
  bool closing_ = true;   ///< the store is not closed yet
  SyncOutcome outcome_;
  Operation opened_;
  Operation operation_;
  Operation logout_;
  Pending<SyncOutcome> done_;
};

}  // namespace imapkeep
