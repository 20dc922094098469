#include "tests/cuts/process.h"

#include "sync/follow/account_keeper.h"
#include "sync/state/sqlite/sqlite_ledger.h"
#include "sync/store/maildir/maildir_store.h"
#include "tests/support/fixed_random.h"

namespace imapkeep::cuts {
namespace {

using std::chrono::minutes;

// Longer than the daemon leaves a folder unlooked at.
constexpr Duration kDaemonTakes = minutes(7);
constexpr int kMostPasses = 4;
constexpr std::size_t kLastWords = 12;

MirrorOptions options_of(const Scenario& scenario) {
  MirrorOptions options;
  options.keep_expunged = scenario.keeps();
  return options;
}

}  // namespace

struct MirrorProcess::Credentials final : CredentialSource {
  explicit Credentials(SimWorld& time) : time_(time) {}
  Operation get(Completion<imapkeep::Credentials> done) override {
    return time_.soon([done = std::move(done)] {
      done(imapkeep::Credentials{"me", "", Secret("secret")});
    });
  }
  SimWorld& time_;
};

/// What one process has: it dies with it. As Application::open, it makes the state directory.
struct MirrorProcess::MirrorRun {
  explicit MirrorRun(MirrorProcess& process)
      : state(process.place_.files.make_root(process.place_.state)),
        workers(process.time),
        ledger(workers, process.time, process.place_.state + "/ledger"),
        store(process.place_.files, workers, process.time, process.random_, process.log_.log(),
              MaildirOptions{process.place_.root, 0}, kHost, "work") {}
  AccountDeps world(MirrorProcess& process) {
    return {{process.network, process.time, process.time, process.random_, process.log_.log()},
            ledger,
            store,
            *process.credentials_,
            process.gate_,
            process.progress_};
  }

  Result<std::unique_ptr<Directory>> state;
  SimWorkers workers;
  SqliteLedger ledger;
  MaildirStore store;
  std::unique_ptr<AccountKeeper> keeper;
};

MirrorProcess::MirrorProcess(Place place, std::function<bool()> is_dead)
    : place_(std::move(place)),
      is_dead_(std::move(is_dead)),
      credentials_(std::make_unique<Credentials>(time)) {
  server_options_.host = kHost;
}

MirrorProcess::~MirrorProcess() {
  if (process_ && is_dead_()) process_->workers.crash();
}

bool MirrorProcess::run_until(const std::function<bool()>& done) {
  return time.run_until([&] { return is_dead_() || done(); }) && !is_dead_();
}

SyncOutcome MirrorProcess::sync(const Scenario& scenario) {
  SyncOutcome whole;
  for (int pass = 0; pass < kMostPasses; ++pass) {
    SyncOutcome outcome = sync_once(scenario, pass > 0);
    outcome.stored += whole.stored;
    outcome.stored_bytes += whole.stored_bytes;
    outcome.gone += whole.gone;
    whole = std::move(outcome);
    if (whole.error || !something_waits_) break;
    time.advance(minutes(3));
  }
  return whole;
}

bool MirrorProcess::waits(MirrorRun& running) {
  std::optional<std::size_t> waiting;
  Operation operation;
  operation = running.ledger.open_account("work", [&](const Result<LedgerAccount>& account) {
    if (!account) {
      waiting = 0;
      return;
    }
    operation =
        running.ledger.waiting(account->id, [&](const Result<std::vector<WaitingDeparture>>& some) {
          waiting = some ? some->size() : 0;
        });
  });
  return run_until([&waiting] { return waiting.has_value(); }) && *waiting > 0;
}

SyncOutcome MirrorProcess::sync_once(const Scenario& scenario, bool accept_gone) {
  MirrorRun running(*this);
  AccountSync sync(running.world(*this), "work", server_options_, options_of(scenario),
                   accept_gone);
  std::optional<SyncOutcome> outcome;
  const Operation operation =
      sync.start([&outcome](Result<SyncOutcome> result) { outcome = *std::move(result); });
  if (run_until([&outcome] { return outcome.has_value(); })) {
    something_waits_ = waits(running);
    return *std::move(outcome);
  }
  if (is_dead_()) running.workers.crash();
  SyncOutcome none;
  none.error = server_error("the pass has no end");
  return none;
}

void MirrorProcess::remember(const Scenario& scenario, int chapter) {
  for (int one = 0; one <= chapter; ++one) tell(scenario, one);
  time.advance(std::chrono::hours(1));
}

Result<Done> MirrorProcess::catch_up(const Scenario& scenario, int chapter) {
  if (scenario.through(chapter) == Scenario::Through::kDaemon) {
    if (auto watched = watch(scenario); !watched) return watched;
    const bool last = chapter + 1 == Scenario::kChapters ||
                      scenario.through(chapter + 1) != Scenario::Through::kDaemon;
    return last ? end_daemon() : Result<Done>(Done{});
  }
  time.advance(minutes(3));
  const SyncOutcome outcome = sync(scenario);
  if (outcome.error) return *outcome.error;
  if (!outcome.owed.empty()) return server_error(outcome.owed.front());
  return Done{};
}

Result<Done> MirrorProcess::watch(const Scenario& scenario) {
  if (!process_) {
    process_ = std::make_unique<MirrorRun>(*this);
    process_->keeper = std::make_unique<AccountKeeper>(
        process_->world(*this), [] {}, "work", server_options_, options_of(scenario),
        std::vector<std::string>{"INBOX"});
    process_->keeper->start();
  }
  const MonoTime until = time.mono_now() + kDaemonTakes;
  bool well = run_until([&] {
    return time.mono_now() >= until && process_->keeper->state().phase == AccountPhase::kWatching;
  });
  for (int pass = 0; well && pass < kMostPasses && waits(*process_); ++pass) {
    time.advance(minutes(3));
    bool ended = false;
    const Operation asked =
        process_->keeper->sync_now([&ended](const Result<SyncOutcome>&) { ended = true; }, true);
    well = run_until(
        [&] { return ended && process_->keeper->state().phase == AccountPhase::kWatching; });
  }
  if (well) return Done{};
  const auto trouble = process_->keeper->state().trouble;
  return trouble ? *trouble : server_error("the daemon does not come to watch");
}

Result<Done> MirrorProcess::end_daemon() {
  bool stopped = false;
  const Operation operation = process_->keeper->stop([&](const Result<Done>&) { stopped = true; });
  if (!run_until([&] { return stopped; })) return server_error("the daemon does not stop");
  process_.reset();
  return Done{};
}

Result<LedgerFacts> MirrorProcess::read_ledger() {
  if (auto state = place_.files.make_root(place_.state); !state) return state.error();
  SimWorkers workers(time);
  SqliteLedger ledger(workers, time, place_.state + "/ledger");
  std::optional<Error> failure;
  const auto got = [&](auto start, auto& into) {
    if (failure) return;
    bool done = false;
    const Operation operation = start([&](auto result) {
      done = true;
      if (!result) {
        failure = result.error();
      } else {
        into = *std::move(result);
      }
    });
    time.run_until([&done] { return done; });
  };
  LedgerFacts facts;
  LedgerOpening opening;
  got([&](auto done) { return ledger.open(done); }, opening);
  facts.moved_to = opening.moved_to;
  got([&](auto done) { return ledger.open_account("work", done); }, facts.account);
  std::vector<LedgerFolder> folders;
  got([&](auto done) { return ledger.folders(facts.account.id, true, done); }, folders);
  for (const LedgerFolder& folder : folders) {
    std::vector<UidValidity> generations;
    const FolderId id = folder.record.id;
    got([&](auto done) { return ledger.generations(facts.account.id, id, done); }, generations);
    for (const UidValidity validity : generations) {
      std::vector<KnownMessage> known;
      got(
          [&](auto done) {
            return ledger.window(facts.account.id, id, validity, Uid{1}, 100'000, done);
          },
          known);
      for (const KnownMessage& one : known) facts.messages[one.key] = one.identity.sha256;
    }
  }
  if (failure) return *failure;
  return facts;
}

std::string MirrorProcess::last_words() const {
  std::string words;
  const std::size_t count = log_.lines.size();
  for (std::size_t n = count > kLastWords ? count - kLastWords : 0; n < count; ++n) {
    words += "    " + log_.lines[n].text + "\n";
  }
  return words;
}

}  // namespace imapkeep::cuts
