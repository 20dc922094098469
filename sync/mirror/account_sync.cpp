#include "sync/mirror/account_sync.h"

#include <utility>

namespace imapkeep {
namespace {

// Lost connections in a row without one stored message, and how long that may go on: a server that
// says nothing costs a deadline each time.
constexpr unsigned kFruitlessTries = 5;
constexpr int kMostExcused = 5;        // bad messages and folders that may cost a run more tries
constexpr int kLossesInOneFolder = 4;  // without a message that is to blame; then the others go on
constexpr Duration kFruitlessTime = std::chrono::minutes(2);

}  // namespace

AccountSync::AccountSync(World world, std::string account_name, ServerOptions server,
                         MirrorOptions mirror)
    : world_(std::move(world)),
      account_name_(std::move(account_name)),
      server_(std::move(server)),
      mirror_(std::move(mirror)),
      opening_(world_.store, world_.ledger, account_name_, world_.network.log) {}

Operation AccountSync::start(Completion<SyncOutcome> done) {
  done_ = Pending<SyncOutcome>(std::move(done));
  started_ms_ = unix_ms(world_.network.clock.wall_now());
  progress_at_ = world_.network.clock.mono_now();
  Operation operation = done_.operation([this] {
    operation_.cancel();
    pass_.reset();
    connection_.reset();
  });
  operation_ = opening_.start([this](Result<OpenedStore> opened) { on_opened(std::move(opened)); });
  return operation;
}

void AccountSync::on_opened(Result<OpenedStore> opened) {
  if (!opened) return record_and_close(opened.error());
  opened_ = *opened;
  journal_end_ = opened_->facts.journal_end;
  connect();
}

void AccountSync::connect() {
  operation_ = world_.credentials.get([this](Result<Credentials> credentials) {
    if (!credentials) return record_and_close(credentials.error());
    connection_ = std::make_unique<imap::Connection>(world_.network, server_);
    operation_ = connection_->open(std::move(*credentials),
                                   [this](Result<Done> connected) { on_connected(connected); });
  });
}

void AccountSync::on_connected(Result<Done> connected) {
  if (!connected) {
    Error error = connected.error();
    if (error.trouble == Trouble::kLogin) error.what += "; check the account's user and password";
    return retry_or_end(error);
  }
  ever_connected_ = true;
  pass_ = std::make_unique<AccountPass>(
      AccountPass::World{*connection_, world_.store, world_.ledger, world_.network.clock,
                         world_.progress, suspects_, world_.network.log},
      opened_->account, journal_end_, mirror_, skip_);
  operation_ = pass_->start([this](Result<Done> passed) { on_pass(std::move(passed)); });
}

void AccountSync::on_pass(Result<Done> passed) {
  const AccountPass::Counts counts = pass_->counts();
  outcome_.stored += counts.stored;
  outcome_.stored_bytes += counts.stored_bytes;
  outcome_.gone += counts.gone;
  outcome_.owed = pass_->owed();
  journal_end_ = pass_->journal_end();
  const bool convicted = suspects_.convictions() != convictions_;
  if (counts.stored + counts.gone > 0 || (convicted && excused_++ < kMostExcused)) {
    made_progress();
    lost_in_.clear();
  }
  convictions_ = suspects_.convictions();
  const auto folder = pass_->ended_in();
  if (!passed && folder && ++lost_in_[*folder] >= kLossesInOneFolder) {
    skip_.insert(*folder);
    if (excused_++ < kMostExcused) made_progress();
  }
  if (!passed) return retry_or_end(passed.error());
  operation_ = connection_->logout([this](Result<Done>) { record_and_close(std::nullopt); });
}

void AccountSync::made_progress() {
  fruitless_ = 0;
  progress_at_ = world_.network.clock.mono_now();
}

void AccountSync::retry_or_end(const Error& error) {
  const bool again = error.remedy == Remedy::kRetrySoon && error.trouble == Trouble::kServer &&
                     ever_connected_ && fruitless_ < kFruitlessTries &&
                     world_.network.clock.mono_now() - progress_at_ < kFruitlessTime;
  if (!again) return record_and_close(error);
  const Duration delay = backoff_.delay(fruitless_, world_.network.random.next_u64());
  ++fruitless_;
  world_.network.log.warning(
      "connection lost, trying again",
      {{"why", error.what},
       {"in_ms",
        std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(delay).count())}});
  operation_ = world_.network.timers.after(delay, [this] {
    pass_.reset();
    connection_.reset();
    connect();
  });
}

void AccountSync::record_and_close(const std::optional<Error>& error) {
  outcome_.error = error;
  PassSummary summary;
  summary.started_ms = started_ms_;
  summary.ended_ms = unix_ms(world_.network.clock.wall_now());
  summary.outcome = error ? "failed" : outcome_.owed.empty() ? "complete" : "owed";
  if (error) summary.detail = error->what;
  summary.stored = outcome_.stored;
  summary.stored_bytes = outcome_.stored_bytes;
  summary.gone = outcome_.gone;
  if (opening_.account() == AccountId{}) return close();
  operation_ = world_.ledger.record_pass(opening_.account(), std::move(summary),
                                         [this](Result<Done> recorded) {
                                           if (!recorded && !outcome_.error) {
                                             outcome_.error = recorded.error();
                                           }
                                           close();
                                         });
}

void AccountSync::close() {
  pass_.reset();
  connection_.reset();
  operation_ = world_.store.close([this](Result<Done> closed) {
    if (!closed && !outcome_.error) outcome_.error = closed.error();
    done_.complete(std::move(outcome_));
  });
}

}  // namespace imapkeep
