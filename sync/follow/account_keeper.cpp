#include "sync/follow/account_keeper.h"

#include <algorithm>
#include <utility>

#include "daemon/base/events.h"
#include "sync/pass/pass_note.h"

namespace imapkeep {
namespace {

constexpr int kMostVisitsBeforePass = 20;
// A first mirror may take a day. Mail that arrives meanwhile waits no longer than this.
constexpr Duration kLongPass = std::chrono::minutes(1);

}  // namespace

AccountKeeper::AccountKeeper(AccountDeps deps, std::function<void()> state_changed,
                             std::string account_name, ServerOptions server, MirrorOptions mirror,
                             std::vector<std::string> watch)
    : deps_(std::move(deps)),
      state_changed_(std::move(state_changed)),
      credentials_(deps_.credentials),
      name_(std::move(account_name)),
      server_(std::move(server)),
      mirror_(std::move(mirror)),
      watch_patterns_(std::move(watch)),
      secret_(deps_.credentials, deps_.network.timers),
      stall_(deps_.network.timers),
      idle_({deps_.network, credentials_, deps_.gate}, server_,
            {[this] { work_soon(); }, [this] { schedule_sweep(SweepTimes::kAfterRemoval); },
             [this](const Error& error) {
               if (!at_work_ && !trouble_.is_waiting()) on_trouble(error);
             },
             [this](const LogFields& fields) {
               tell(trouble_.tell_operator(true, login(), deps_.network.clock.mono_now()), fields);
             }}) {
  state_.since = deps_.network.clock.wall_now();
}

AccountKeeper::~AccountKeeper() = default;

void AccountKeeper::start() { work_soon(); }

void AccountKeeper::enter(AccountPhase phase) {
  if (phase != AccountPhase::kWaiting && phase != AccountPhase::kStopped &&
      phase != AccountPhase::kNeedsLogin) {
    state_.next_try.reset();
    state_.trouble.reset();
  }
  if (state_.phase != phase) {
    state_.phase = phase;
    state_.since = deps_.network.clock.wall_now();
  }
  state_changed_();
}

// The store is asked who it is before every whole pass.
void AccountKeeper::open_store() {
  store_opening_ =
      std::make_unique<StoreOpening>(deps_.store, deps_.ledger, name_, deps_.network.log);
  operation_ =
      store_opening_->start([this](Result<OpenedStore> opened) { on_opened(std::move(opened)); });
}

void AccountKeeper::on_opened(Result<OpenedStore> opened) {
  if (!opened) return on_trouble(opened.error());
  opened_ = *opened;
  journal_end_ = opened_->facts.journal_end;
  begin_run(std::nullopt);
}

void AccountKeeper::work_soon() {
  soon_ = deps_.network.timers.soon([this] { work(); });
}

void AccountKeeper::work() {
  if (at_work_) return interrupt_for_news();
  if (trouble_.is_waiting() || stopping_) return;
  const bool pass_first = pass_due_ && visits_since_pass_ >= kMostVisitsBeforePass;
  if (opened_ && !pass_first) {
    if (IdleConnection* idle = idle_.with_news()) return begin_visit(*idle);
  }
  if (pass_due_) return begin_whole_pass();
  enter(AccountPhase::kWatching);
  if (idle_.tend()) return;
  // The first connection comes with a whole pass.
  pass_due_ = true;
  work_soon();
}

void AccountKeeper::begin_whole_pass() {
  pass_due_ = false;
  visits_since_pass_ = 0;
  sweep_.cancel();
  sweep_times_.pass_begins();
  accepting_ms_ = std::exchange(accept_asked_ms_, std::nullopt);
  // What waits to leave is looked for once more over another connection than the one that missed
  // it.
  const bool anew =
      accepting_ms_ || (witness_due_ && deps_.network.clock.mono_now() >= *witness_due_);
  if (anew) witness_due_.reset();
  lent_ = &idle_.first();
  IdleConnections::lend(*lent_, anew);
  served_ = std::exchange(waiters_, {});
  run_started_ms_ = unix_ms(deps_.network.clock.wall_now());
  at_work_ = true;
  enter(lent_->is_open() ? AccountPhase::kSyncing : AccountPhase::kStarting);
  open_store();
}

void AccountKeeper::begin_visit(IdleConnection& idle) {
  ++visits_since_pass_;
  IdleConnections::lend(idle);
  lent_ = &idle;
  at_work_ = true;
  operation_ = deps_.store.open(opened_->facts.store_id, [this](Result<StoreFacts> facts) {
    if (!facts) return on_trouble(facts.error());
    if (facts->journal_end != journal_end_) {
      // Somebody else has written to the store, or put another copy back.
      pass_due_ = true;
      IdleConnections::put_off(*lent_);
      opened_.reset();
      at_work_ = false;
      return work();
    }
    begin_run(lent_->folder()->id);
  });
}

void AccountKeeper::begin_run(std::optional<FolderId> only) {
  run_is_whole_ = !only;
  run_began_at_ = deps_.network.clock.mono_now();
  if (run_is_whole_) {
    state_.behind = 0;
    long_pass_ = deps_.network.timers.after(long_pass_after_, [this] { on_long_pass(); });
  }
  progress_ =
      std::make_unique<RunProgress>(RunProgress::Deps{deps_.progress, stall_, state_.behind,
                                                      deps_.network.clock, deps_.network.log,
                                                      [this] {
                                                        if (state_.phase == AccountPhase::kStarting)
                                                          enter(AccountPhase::kSyncing);
                                                      },
                                                      [this] { state_changed_(); }},
                                    run_is_whole_ ? nullptr : lent_);
  // Its secrets are remembered and its progress is counted on the way.
  AccountDeps deps{deps_.network, deps_.ledger, deps_.store, credentials_,
                   deps_.gate,    *progress_,   deps_.user,  deps_.authzid};
  if (!suspects_) suspects_ = std::make_unique<Suspects>();
  run_ = std::make_unique<PassRun>(std::move(deps), *suspects_, name_, server_, mirror_,
                                   IdleConnections::take(*lent_));
  run_->begin_with({*opened_, journal_end_, only, {name_, only ? std::nullopt : accepting_ms_}});
  operation_ = run_->start([this](Result<SyncOutcome> outcome) { on_run(std::move(outcome)); });
  stall_.start(*run_, [this] { run_->stop("the server talks and gives nothing"); });
}

// Its connection is away for long: the watched folders, this one too, get connections of their own.
void AccountKeeper::on_long_pass() {
  long_pass_ = deps_.network.timers.after(kLongPass, [this] { on_long_pass(); });
  const AccountPass* pass = run_ ? run_->pass() : nullptr;
  if (pass == nullptr) return;
  // Only those that the pass has left: from what it saw there, every difference is news.
  WatchChoice choice = choose_watched(pass->chosen(), watch_patterns_, mirror_.most_watched);
  if (choice.folders.empty() || !pass->seen(choice.folders.front().id)) return;
  std::erase_if(choice.folders, [&](const WatchedFolder& one) { return !pass->seen(one.id); });
  idle_.choose(choice, true);
  idle_.new_ones_saw([pass](FolderId folder) { return pass->seen(folder); });
  interrupt_for_news();
}

void AccountKeeper::interrupt_for_news() {
  const bool is_long =
      run_ && run_is_whole_ && deps_.network.clock.mono_now() - run_began_at_ >= long_pass_after_;
  if (stopping_ || interrupted_ || !is_long) return;
  if (idle_.with_news() == nullptr) {
    (void)idle_.tend();
    return;
  }
  interrupted_ = true;
  run_->stop();
}

void AccountKeeper::on_run(Result<SyncOutcome> outcome) {
  long_pass_.cancel();
  stall_.cancel();
  journal_end_ = run_->journal_end();
  opened_ = run_->store();
  IdleConnections::give_back(*lent_, run_->take_connection());
  if (const AccountPass* pass = run_->pass(); pass && !outcome->error) {
    if (run_is_whole_ && pass->something_waits() && !witness_due_)
      witness_due_ = deps_.network.clock.mono_now() + std::chrono::milliseconds(kLaterPassMs);
    const auto seen = [pass](FolderId folder) { return pass->seen(folder); };
    if (run_is_whole_) {
      idle_.choose(choose_watched(pass->chosen(), watch_patterns_, mirror_.most_watched));
      idle_.all_saw(seen);
    } else {
      IdleConnections::saw(*lent_, seen);
      const bool failed = !pass->seen(lent_->folder()->id);
      if (failed || pass->wants_whole_pass()) schedule_sweep(SweepTimes::kAfterRemoval);
    }
  }
  // The run is still on the stack.
  operation_ = deps_.network.timers.soon([this, outcome = *std::move(outcome)] {
    run_.reset();
    progress_.reset();
    store_opening_.reset();
    if (suspects_->remembers_nothing()) suspects_.reset();
    deps_.store.rest();
    if (run_is_whole_) return after_whole_pass(outcome);
    after_visit(outcome);
  });
}

void AccountKeeper::after_whole_pass(const SyncOutcome& outcome) {
  if (std::exchange(interrupted_, false) && !stopping_ && outcome.error &&
      outcome.error->trouble == Trouble::kBusy) {
    for (auto& waiter : std::exchange(served_, {})) waiters_.push_back(std::move(waiter));
    accept_asked_ms_ = std::max(accept_asked_ms_, accepting_ms_);
    // Going on costs a new look at all folders: not more often than that is worth.
    long_pass_after_ *= 2;
    pass_due_ = true;
    at_work_ = false;
    return work();
  }
  if (!outcome.error) long_pass_after_ = kLongPass;
  state_.owed = outcome.owed;
  if (!outcome.error) state_.behind = outcome.owed.size();
  sweep_times_.pass_ended(deps_.network.clock.mono_now());
  operation_ = deps_.ledger.record_pass(
      opened_->account, pass_note(outcome, run_started_ms_, deps_.network.clock),
      [this, outcome](const Result<Done>& recorded) {
        SyncOutcome told = outcome;
        if (!recorded && !told.error) told.error = recorded.error();
        tell_waiters(told);
        if (stopping_) return close_store_and_end();
        at_work_ = false;
        if (told.error) return on_trouble(*told.error);
        trouble_.passed(deps_.network.clock.mono_now(), credentials_.took_another_token());
        schedule_sweep(SweepTimes::regular(chance()));
        work();
      });
}

void AccountKeeper::after_visit(const SyncOutcome& outcome) {
  if (stopping_) return close_store_and_end();
  at_work_ = false;
  if (!outcome.error) state_.behind = state_.owed.size();
  const bool goes_on = idle_.visited(*lent_, {outcome.stored, outcome.flags, outcome.error});
  if (!goes_on) return on_trouble(*outcome.error);
  work();
}

void AccountKeeper::tell_waiters(const SyncOutcome& outcome) {
  for (const auto& waiter : std::exchange(served_, {})) waiter.complete(outcome);
}

void AccountKeeper::schedule_sweep(Duration delay) {
  const auto due = sweep_times_.in(delay, deps_.network.clock.mono_now());
  if (!due) return;
  sweep_ = deps_.network.timers.after(*due, [this] {
    pass_due_ = true;
    work();
  });
}

void AccountKeeper::on_trouble(const Error& error) {
  if (stopping_) return close_store_and_end();
  at_work_ = false;
  pass_due_ = true;
  const TroubleState::Step step =
      trouble_.failed(error, login(), deps_.network.clock.mono_now(), chance());
  SyncOutcome outcome;
  outcome.error = error;
  tell_waiters(outcome);

  state_.trouble = error;
  state_.next_try.reset();
  if (step.next_try) {
    state_.next_try = deps_.network.clock.wall_now() +
                      std::chrono::duration_cast<std::chrono::milliseconds>(*step.next_try);
  }
  const auto delay = std::chrono::duration_cast<std::chrono::seconds>(step.recovery.delay).count();
  tell(step.tell, {{"why", error.what},
                   {"remedy", std::string(word_of(error.remedy))},
                   {"next_try_s", std::to_string(delay)}});
  enter(step.phase);

  // Who asked during the run that failed is told by one of its own.
  if (!waiters_.empty()) try_now();
  if (error.trouble != Trouble::kStore) return wait_for(step);
  // Nothing is held open on a disk that is full, failing, or to be unmounted.
  opened_.reset();
  operation_ = deps_.store.close([this, step](const Result<Done>&) { wait_for(step); });
}

void AccountKeeper::wait_for(const TroubleState::Step& step) {
  if (step.recovery.awaits_new_secret)
    return secret_.start(credentials_.used(), step.looks, [this] { try_again(); });
  retry_ = deps_.network.timers.after(step.recovery.delay, [this] { try_again(); });
}

void AccountKeeper::tell(TroubleState::Tell how, const LogFields& fields) {
  const Log& log = deps_.network.log;
  switch (how) {
    case TroubleState::Tell::kWaits:
      return log.warning("account waits", fields);
    case TroubleState::Tell::kStore:
      return log.error(events::kStoreTrouble, fields);
    case TroubleState::Tell::kOperator:
      return log.error(events::kAccountNeedsOperator, fields);
    case TroubleState::Tell::kStillNeedsLogin:
      return log.info("account still needs a login", fields);
    case TroubleState::Tell::kStillRefused:
      return log.info("account is still refused", fields);
  }
}

void AccountKeeper::try_again() {
  if (!trouble_.is_waiting() || stopping_) return;
  trouble_.try_again();
  retry_.cancel();
  secret_.cancel();
  operation_.cancel();
  idle_.reset_backoff();
  work();
}

// From outside.

Operation AccountKeeper::sync_now(Completion<SyncOutcome> done, bool accept_gone) {
  const Pending<SyncOutcome> waiter(std::move(done));
  waiters_.push_back(waiter);
  pass_due_ = true;
  if (accept_gone) accept_asked_ms_ = unix_ms(deps_.network.clock.wall_now());
  if (trouble_.is_waiting()) {
    try_now();
  } else {
    work_soon();
  }
  return waiter.operation();
}

void AccountKeeper::try_now() {
  if (!trouble_.is_waiting()) return;
  credentials_.retry_now();
  soon_ = deps_.network.timers.soon([this] { try_again(); });
}

void AccountKeeper::probe() {
  idle_.probe();
  if (run_) run_->probe();
  idle_.reset_backoff();
  if (trouble_.network_changed()) {
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
  idle_.stop();
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
  idle_.close();
  operation_ = deps_.store.close([this](Result<Done> closed) {
    closed_ = true;
    stopped_.complete(closed);
  });
}

}  // namespace imapkeep
