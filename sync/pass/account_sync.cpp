#include "sync/pass/account_sync.h"

#include <utility>

#include "sync/pass/pass_note.h"

namespace imapkeep {

AccountSync::AccountSync(AccountDeps deps, std::string account_name, ServerOptions server,
                         MirrorOptions mirror, bool accept_gone)
    : deps_(std::move(deps)),
      server_(std::move(server)),
      mirror_(std::move(mirror)),
      wish_{std::move(account_name),
            accept_gone ? std::optional(unix_ms(deps_.network.clock.wall_now())) : std::nullopt},
      store_opening_(deps_.store, deps_.ledger, wish_.account, deps_.network.log) {}

Operation AccountSync::start(Completion<SyncOutcome> done) {
  done_ = Pending<SyncOutcome>(std::move(done));
  started_ms_ = unix_ms(deps_.network.clock.wall_now());
  Operation operation = done_.operation([this] {
    opened_.cancel();
    operation_.cancel();
    logout_.cancel();
    run_.reset();
    connection_.reset();
  });
  opened_ =
      store_opening_.start([this](Result<OpenedStore> opened) { on_opened(std::move(opened)); });
  run_ = std::make_unique<PassRun>(deps_, suspects_, wish_.account, server_, mirror_, nullptr);
  operation_ = run_->start([this](Result<SyncOutcome> outcome) { on_run(std::move(outcome)); });
  return operation;
}

void AccountSync::on_opened(Result<OpenedStore> opened) {
  opening_under_way_ = false;
  if (!opened) {
    operation_.cancel();
    run_.reset();
    outcome_.error = opened.error();
    return record_and_close();
  }
  if (run_ended_) return record_and_close();
  const JournalPosition journal_end = opened->facts.journal_end;
  run_->begin_with({*std::move(opened), journal_end, std::nullopt, wish_});
}

void AccountSync::on_run(Result<SyncOutcome> outcome) {
  run_ended_ = true;
  outcome_ = *std::move(outcome);
  connection_ = run_->take_connection();
  if (!outcome_.error && connection_) take_leave();
  // It may have failed to connect before the store was open.
  if (!opening_under_way_) record_and_close();
}

// The server has its say while the store is closed.
void AccountSync::take_leave() {
  leaving_ = true;
  logout_ = connection_->logout([this](const Result<Done>&) {
    leaving_ = false;
    end_when_both_done();
  });
}

void AccountSync::record_and_close() {
  if (store_opening_.account() == AccountId{}) return close();
  operation_ = deps_.ledger.record_pass(store_opening_.account(),
                                        pass_note(outcome_, started_ms_, deps_.network.clock),
                                        [this](Result<Done> recorded) {
                                          if (!recorded && !outcome_.error)
                                            outcome_.error = recorded.error();
                                          close();
                                        });
}

void AccountSync::close() {
  run_.reset();
  operation_ = deps_.store.close([this](Result<Done> closed) {
    if (!closed && !outcome_.error) outcome_.error = closed.error();
    closing_ = false;
    end_when_both_done();
  });
}

void AccountSync::end_when_both_done() {
  if (leaving_ || closing_) return;
  connection_.reset();
  done_.complete(std::move(outcome_));
}

}  // namespace imapkeep
