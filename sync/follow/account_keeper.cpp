#include "sync/follow/account_keeper.h"

#include <algorithm>
#include <utility>

#include "sync/pass/pass_note.h"

namespace imapkeep {
namespace {

constexpr unsigned kBelievedChanges = 3;  // visits in a row that found nothing changed

// All folders are looked at this often, a tenth more or less, whatever the watched ones say.
constexpr Duration kSweep = std::chrono::minutes(5);
// A removal is half of a move; its other half may still be on the way. And where mail is removed
// all day long, not every time.
constexpr Duration kSweepAfterRemoval = std::chrono::seconds(2);
constexpr Duration kBetweenSweeps = std::chrono::seconds(10);
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
      lines_({deps_.network, credentials_, deps_.gate, server_},
             {[this] { work_soon(); }, [this] { schedule_sweep(kSweepAfterRemoval); },
              [this](const Error& error) {
                if (!at_work_ && !in_trouble_) on_trouble(error);
              },
              [this](const LogFields& fields) { tell_operator(fields, true); }}) {
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
  begin_run(lines_.first(), std::nullopt);
}

void AccountKeeper::work_soon() {
  soon_ = deps_.network.timers.soon([this] { work(); });
}

void AccountKeeper::work() {
  if (at_work_) return interrupt_for_news();
  if (in_trouble_ || stopping_) return;
  const bool pass_first = pass_due_ && visits_since_pass_ >= kMostVisitsBeforePass;
  if (opened_ && !pass_first) {
    if (IdleConnection* line = lines_.with_news()) return begin_visit(*line);
  }
  if (pass_due_) return begin_whole_pass();
  enter(AccountPhase::kWatching);
  if (lines_.tend()) return;
  // The first line's connection comes with a whole pass.
  pass_due_ = true;
  work_soon();
}

void AccountKeeper::begin_whole_pass() {
  pass_due_ = false;
  visits_since_pass_ = 0;
  sweep_.cancel();
  sweep_due_at_ = MonoTime{};
  IdleConnection& line = lines_.first();
  IdleConnections::quiet(line);
  line.has_news = false;
  accepting_ms_ = std::exchange(accept_asked_ms_, std::nullopt);
  // What waits to leave is looked for once more over another connection than the one that missed
  // it.
  if (accepting_ms_ || (witness_due_ && deps_.network.clock.mono_now() >= *witness_due_)) {
    witness_due_.reset();
    line.connection.reset();
  }
  served_ = std::exchange(waiters_, {});
  run_started_ms_ = unix_ms(deps_.network.clock.wall_now());
  run_line_ = &line;
  at_work_ = true;
  enter(line.connection ? AccountPhase::kSyncing : AccountPhase::kStarting);
  open_store();
}

void AccountKeeper::begin_visit(IdleConnection& line) {
  ++visits_since_pass_;
  line.has_news = false;
  IdleConnections::quiet(line);
  run_line_ = &line;
  at_work_ = true;
  operation_ = deps_.store.open(opened_->facts.store_id, [this](Result<StoreFacts> facts) {
    if (!facts) return on_trouble(facts.error());
    if (facts->journal_end != journal_end_) {
      // Somebody else has written to the store, or put another copy back.
      pass_due_ = true;
      run_line_->has_news = true;
      opened_.reset();
      at_work_ = false;
      return work();
    }
    begin_run(*run_line_, run_line_->folder->id);
  });
}

void AccountKeeper::begin_run(IdleConnection& line, std::optional<FolderId> only) {
  run_line_ = &line;
  run_is_whole_ = !only;
  run_began_at_ = deps_.network.clock.mono_now();
  if (run_is_whole_) {
    state_.behind = 0;
    long_pass_ = deps_.network.timers.after(long_pass_after_, [this] { on_long_pass(); });
  }
  // Its secrets are remembered and its progress is counted on the way.
  AccountDeps deps{deps_.network, deps_.ledger, deps_.store, credentials_,
                   deps_.gate,    *this,        deps_.user,  deps_.authzid};
  if (!suspects_) suspects_ = std::make_unique<Suspects>();
  run_ = std::make_unique<PassRun>(std::move(deps), *suspects_, name_, server_, mirror_,
                                   std::move(line.connection));
  run_->begin_with({*opened_, journal_end_, only, {name_, only ? std::nullopt : accepting_ms_}});
  operation_ = run_->start([this](Result<SyncOutcome> outcome) { on_run(std::move(outcome)); });
  stall_.start(*run_, [this] { run_->stop("the server talks and gives nothing"); });
}

// Its connection is away for long: the watched folders, this one too, get lines of their own.
void AccountKeeper::on_long_pass() {
  long_pass_ = deps_.network.timers.after(kLongPass, [this] { on_long_pass(); });
  const AccountPass* pass = run_ ? run_->pass() : nullptr;
  if (pass == nullptr) return;
  // Only those that the pass has left: from what it saw there, every difference is news.
  WatchChoice choice = choose_watched(pass->chosen(), watch_patterns_, mirror_.most_watched);
  if (choice.folders.empty() || !pass->seen(choice.folders.front().id)) return;
  std::erase_if(choice.folders, [&](const WatchedFolder& one) { return !pass->seen(one.id); });
  lines_.choose(choice, true);
  for (const auto& line : lines_.all()) {
    if (line->folder && !line->watch && !line->seen) line->seen = pass->seen(line->folder->id);
  }
  interrupt_for_news();
}

void AccountKeeper::interrupt_for_news() {
  const bool is_long =
      run_ && run_is_whole_ && deps_.network.clock.mono_now() - run_began_at_ >= long_pass_after_;
  if (stopping_ || interrupted_ || !is_long) return;
  if (lines_.with_news() == nullptr) {
    (void)lines_.tend();
    return;
  }
  interrupted_ = true;
  run_->stop();
}

void AccountKeeper::on_run(Result<SyncOutcome> outcome) {
  IdleConnection& line = *run_line_;
  long_pass_.cancel();
  stall_.cancel();
  journal_end_ = run_->journal_end();
  opened_ = run_->store();
  line.connection = run_->take_connection();
  if (const AccountPass* pass = run_->pass(); pass && !outcome->error) {
    if (run_is_whole_ && pass->something_waits() && !witness_due_)
      witness_due_ = deps_.network.clock.mono_now() + std::chrono::milliseconds(kLaterPassMs);
    if (run_is_whole_)
      lines_.choose(choose_watched(pass->chosen(), watch_patterns_, mirror_.most_watched));
    for (const auto& each : lines_.all()) {
      if (each->folder && (run_is_whole_ || each.get() == &line)) {
        if (const auto seen = pass->seen(each->folder->id)) each->seen = seen;
      }
    }
    const bool failed = !run_is_whole_ && !pass->seen(line.folder->id);
    if (!run_is_whole_ && (failed || pass->wants_whole_pass())) {
      schedule_sweep(kSweepAfterRemoval);
    }
  }
  // The run is still on the stack.
  operation_ = deps_.network.timers.soon([this, outcome = *std::move(outcome)] {
    run_.reset();
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
  pass_ended_at_ = deps_.network.clock.mono_now();
  operation_ = deps_.ledger.record_pass(
      opened_->account, pass_note(outcome, run_started_ms_, deps_.network.clock),
      [this, outcome](const Result<Done>& recorded) {
        SyncOutcome told = outcome;
        if (!recorded && !told.error) told.error = recorded.error();
        tell_waiters(told);
        if (stopping_) return close_store_and_end();
        at_work_ = false;
        if (told.error) return on_trouble(*told.error);
        // Servers cut sessions off when their token ends, whoever has had it renewed. Tokens have a
        // pace of their own.
        if (credentials_.took_another_token()) in_a_row_ = 0;
        login_told_ = false;
        if (!well_since_) {
          well_since_ = deps_.network.clock.mono_now();
          refusal_told_at_.reset();
        }
        const auto fifth = static_cast<std::uint64_t>(kSweep.count() / 5);
        schedule_sweep(kSweep - kSweep / 10 +
                       Duration(static_cast<std::int64_t>(chance() % fifth)));
        work();
      });
}

void AccountKeeper::after_visit(const SyncOutcome& outcome) {
  if (stopping_) return close_store_and_end();
  at_work_ = false;
  if (!outcome.error) state_.behind = state_.owed.size();
  run_line_->flags_in_doubt = outcome.flags > 0;
  if (outcome.stored > 0) run_line_->empty_visits = 0;
  if (outcome.stored + outcome.flags > 0) run_line_->empty_changes = 0;
  if (!outcome.error && outcome.stored == 0 && run_line_->has_announced) {
    lines_.penalise_false_news(*run_line_);
  } else if (!outcome.error && outcome.stored + outcome.flags == 0 &&
             ++run_line_->empty_changes > kBelievedChanges) {
    // Flags that were set back before we looked are ordinary; a server that repeats them is not.
    lines_.penalise_false_news(*run_line_);
  }
  if (outcome.error) {
    IdleConnection& line = *run_line_;
    const bool only_the_line =
        !lines_.is_first(line) && !line.connection &&
        (outcome.error->trouble == Trouble::kServer || outcome.error->trouble == Trouble::kBusy ||
         outcome.error->trouble == Trouble::kLogin);
    if (!only_the_line) return on_trouble(*outcome.error);
    line.has_news = true;
    lines_.failed(line, *outcome.error);
  }
  work();
}

void AccountKeeper::tell_waiters(const SyncOutcome& outcome) {
  for (const auto& waiter : std::exchange(served_, {})) waiter.complete(outcome);
}

void AccountKeeper::schedule_sweep(Duration delay) {
  const MonoTime now = deps_.network.clock.mono_now();
  const MonoTime soonest = pass_ended_at_ + kBetweenSweeps;
  delay = std::max(delay, soonest - now);
  if (sweep_due_at_ > now && sweep_due_at_ <= now + delay) return;
  sweep_due_at_ = now + delay;
  sweep_ = deps_.network.timers.after(delay, [this] {
    pass_due_ = true;
    work();
  });
}

// Progress: counted here for `behind`, and passed on.

void AccountKeeper::on_planned(const std::string& folder, std::uint64_t messages) {
  if (state_.phase == AccountPhase::kStarting) enter(AccountPhase::kSyncing);
  stall_.progressed();
  state_.behind += messages;
  deps_.progress.on_planned(folder, messages);
  state_changed_();
}

void AccountKeeper::on_bytes(std::uint64_t received) { deps_.progress.on_bytes(received); }

void AccountKeeper::on_stored(std::uint64_t messages, std::uint64_t bytes) {
  stall_.progressed();
  state_.behind -= std::min(state_.behind, messages);
  if (!run_is_whole_ && run_line_ && run_line_->folder) {
    const auto took = deps_.network.clock.mono_now() - run_line_->announced_at;
    deps_.network.log.info(
        "new mail kept",
        {{"folder", run_line_->folder->display},
         {"messages", std::to_string(messages)},
         {"bytes", std::to_string(bytes)},
         {"us",
          std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(took).count())}});
  }
  deps_.progress.on_stored(messages, bytes);
  state_changed_();
}

void AccountKeeper::on_folder_done(const std::string& folder) {
  if (state_.phase == AccountPhase::kStarting) enter(AccountPhase::kSyncing);
  stall_.progressed();
  deps_.progress.on_folder_done(folder);
}

}  // namespace imapkeep
