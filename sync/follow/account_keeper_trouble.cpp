// The keeper when something fails, and when somebody outside wants something: waiting, trying
// again, stopping.
#include <utility>

#include "daemon/base/events.h"
#include "sync/follow/account_keeper.h"

namespace imapkeep {
namespace {

// What has gone well for this long was not trouble's end by chance.
constexpr Duration kWell = std::chrono::minutes(2);
constexpr Duration kToldAgain = std::chrono::hours(6);

}  // namespace

void AccountKeeper::on_trouble(const Error& error) {
  const MonoTime now = deps_.network.clock.mono_now();
  if (stopping_) return close_store_and_end();
  at_work_ = false;
  const bool was_well = well_since_ && now - *well_since_ >= kWell;
  if (was_well || error.trouble != last_trouble_) in_a_row_ = 0;
  last_trouble_ = error.trouble;
  well_since_.reset();
  in_trouble_ = true;
  pass_due_ = true;
  Recovery recovery = decide_recovery(error, in_a_row_++, chance());
  // No server has refused anything: there is nothing to try a second time.
  const bool needs_login = error.trouble == Trouble::kLogin && credentials_.needs_login();
  if (needs_login) recovery = {SecretWatch::kLook, true, true};
  SyncOutcome outcome;
  outcome.error = error;
  tell_waiters(outcome);

  state_.trouble = error;
  // A refused secret is tried again when it has changed, and nobody knows when that will be.
  const int looks = SecretWatch::looks_before_try(credentials_.is_token(), in_a_row_);
  const Duration longest = recovery.awaits_new_secret ? SecretWatch::kLook * looks : recovery.delay;
  state_.next_try = deps_.network.clock.wall_now() +
                    std::chrono::duration_cast<std::chrono::milliseconds>(longest);
  if (needs_login) state_.next_try.reset();  // it comes with the login
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(recovery.delay).count();
  const LogFields fields{{"why", error.what},
                         {"remedy", std::string(word_of(error.remedy))},
                         {"next_try_s", std::to_string(seconds)}};
  if (error.trouble == Trouble::kStore) {
    deps_.network.log.error(events::kStoreTrouble, fields);
  } else if (recovery.needs_operator) {
    tell_operator(fields, error.trouble == Trouble::kLogin);
  } else {
    deps_.network.log.warning("account waits", fields);
  }
  enter(needs_login               ? AccountPhase::kNeedsLogin
        : recovery.needs_operator ? AccountPhase::kStopped
                                  : AccountPhase::kWaiting);

  const auto wait = [this, recovery, looks] {
    if (recovery.awaits_new_secret)
      return secret_.start(credentials_.used(), looks, [this] { try_again(); });
    retry_ = deps_.network.timers.after(recovery.delay, [this] { try_again(); });
  };
  // Who asked during the run that failed is told by one of its own.
  if (!waiters_.empty()) try_now();
  if (error.trouble != Trouble::kStore) return wait();
  // Nothing is held open on a disk that is full, failing, or to be unmounted.
  opened_.reset();
  operation_ = deps_.store.close([wait](const Result<Done>&) { wait(); });
}

// However many connections find out, and however often somebody asks: a login that is needed is
// told once.
void AccountKeeper::tell_operator(const LogFields& fields, bool is_login) {
  const bool needs_login = credentials_.needs_login();
  if (needs_login && std::exchange(login_told_, true)) {
    return deps_.network.log.info("account still needs a login", fields);
  }
  // Refused tokens are tried more often than that is news.
  if (is_login && !needs_login && credentials_.is_token()) {
    const MonoTime now = deps_.network.clock.mono_now();
    if (refusal_told_at_ && now - *refusal_told_at_ < kToldAgain) {
      return deps_.network.log.info("account is still refused", fields);
    }
    refusal_told_at_ = now;
  }
  deps_.network.log.error(events::kAccountNeedsOperator, fields);
}

void AccountKeeper::try_again() {
  if (!in_trouble_ || stopping_) return;
  in_trouble_ = false;
  retry_.cancel();
  secret_.cancel();
  operation_.cancel();
  lines_.reset_backoff();
  work();
}

// From outside.

Operation AccountKeeper::sync_now(Completion<SyncOutcome> done, bool accept_gone) {
  const Pending<SyncOutcome> waiter(std::move(done));
  waiters_.push_back(waiter);
  pass_due_ = true;
  if (accept_gone) accept_asked_ms_ = unix_ms(deps_.network.clock.wall_now());
  if (in_trouble_) {
    try_now();
  } else {
    work_soon();
  }
  return waiter.operation();
}

void AccountKeeper::try_now() {
  if (!in_trouble_) return;
  credentials_.retry_now();
  soon_ = deps_.network.timers.soon([this] { try_again(); });
}

void AccountKeeper::probe() {
  lines_.probe();
  if (run_) run_->probe();
  lines_.reset_backoff();
  if (in_trouble_ && last_trouble_ == Trouble::kServer) {
    in_a_row_ = 0;
    // Not all accounts in the same instant.
    const auto within = static_cast<std::uint64_t>(Duration(std::chrono::seconds(2)).count());
    retry_ = deps_.network.timers.after(Duration(static_cast<std::int64_t>(chance() % within)),
                                        [this] { try_again(); });
  }
}

Operation AccountKeeper::stop(Completion<Done> done) {
  stopped_ = Pending<Done>(std::move(done));
  stopping_ = true;
  soon_.cancel();
  sweep_.cancel();
  retry_.cancel();
  secret_.cancel();
  long_pass_.cancel();
  stall_.cancel();
  lines_.stop();
  enter(AccountPhase::kStopping);
  if (run_) {
    run_->stop();
  } else {
    close_store_and_end();
  }
  return stopped_.operation();
}

void AccountKeeper::close_store_and_end() {
  SyncOutcome outcome;
  outcome.error = Error{Remedy::kRetryLater, Trouble::kBusy, "the daemon is stopping", 0};
  for (auto& waiter : std::exchange(waiters_, {})) served_.push_back(std::move(waiter));
  tell_waiters(outcome);
  for (const auto& line : lines_.all()) line->connection.reset();
  operation_ = deps_.store.close([this](Result<Done> closed) {
    closed_ = true;
    stopped_.complete(closed);
  });
}

}  // namespace imapkeep
