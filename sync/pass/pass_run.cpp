#include "sync/pass/pass_run.h"

#include <utility>

namespace imapkeep {
namespace {

// Lost connections in a row without one stored message, and how long that may go on: a server that
// says nothing costs a deadline each time.
constexpr unsigned kFruitlessTries = 5;
constexpr int kMostExcused = 5;        // folders left out while the server answers nothing else
constexpr int kLossesInOneFolder = 4;  // without a message that is to blame; then the others go on
constexpr unsigned kMostReconnects = 5;  // at once, without progress: sessions end, folders change
constexpr int kDoubtfulLosses = 8;       // at messages, while nothing is answered; the same
constexpr int kMostInARow = 3;           // bad messages that give a folder more patience
constexpr int kMostBadMessages = 20;     // found in one folder by one run; the same
constexpr int kMostIsolating = 500;      // ten or so for each bad message among thousands
constexpr int kMostLostSamples = 20;     // by a run, at what folder or mailbox is recognised by
constexpr Duration kFruitlessTime = std::chrono::minutes(2);

}  // namespace

PassRun::PassRun(AccountDeps deps, Suspects& suspects, std::string account,
                 const ServerOptions& server, const MirrorOptions& mirror,
                 std::unique_ptr<imap::SourceConnection> connection)
    : deps_(std::move(deps)),
      suspects_(suspects),
      account_(std::move(account)),
      connector_({deps_.network, deps_.credentials, deps_.gate}, server),
      server_(server),
      mirror_(mirror),
      losses_(suspects.losses()),
      answers_(suspects.answers()),
      gained_(suspects.cuts().gained()),
      connection_(std::move(connection)),
      ever_connected_(connection_ != nullptr) {}

Operation PassRun::start(Completion<SyncOutcome> done) {
  done_ = Pending<SyncOutcome>(std::move(done));
  started_ = deps_.network.clock.mono_now();
  progress_at_ = started_;
  Operation operation = done_.operation([this] {
    operation_.cancel();
    owner_check_.reset();
    pass_.reset();
    connection_.reset();
    give_up_cut();
  });
  ready_ = connection_ != nullptr;
  if (ready_) {
    begin_pass_when_ready();
  } else {
    connect();
  }
  return operation;
}

void PassRun::begin_with(Task task) {
  task_ = std::move(task);
  made_progress();  // the store may have been long in opening, and the connection lost meanwhile
  begin_pass_when_ready();
}

void PassRun::connect() {
  operation_ = connector_.start([this](Result<std::unique_ptr<imap::SourceConnection>> connected) {
    on_connected(std::move(connected));
  });
}

void PassRun::on_connected(Result<std::unique_ptr<imap::SourceConnection>> connected) {
  if (connector_.took_another_token()) made_progress();  // who gives the tokens keeps the pace
  if (!connected) {
    Error error = connected.error();
    const auto& used = connector_.used();
    if (!used) return end(error);
    if (connector_.is_unanswered() && !stopping_ && !std::exchange(asked_again_, true))
      return connect_after(backoff_.delay(0, deps_.network.random.next_u64()));
    if (error.trouble == Trouble::kLogin) {
      error.what += used->proof == Credentials::Proof::kAccessToken
                        ? "; check the account's user, and what its login may do there"
                        : "; check the account's user and password";
    }
    return retry_or_end(error);
  }
  connection_ = std::move(*connected);
  ever_connected_ = true;
  ready_ = true;
  begin_pass_when_ready();
}

// What another connection does not suffer from. A token may have ended before its time, at any
// moment and as often as it likes: the next one says whether that was all, and who gives it keeps
// the pace. No folder and no message is to blame for that.
bool PassRun::mends(const Error& error) {
  if (stopping_ || !connection_) return false;
  const AccountConnector::Cure cure = connector_.cure_of(*connection_, error);
  if (cure == AccountConnector::Cure::kAnotherToken) made_progress();
  return cure != AccountConnector::Cure::kNone;
}

void PassRun::begin_pass_when_ready() {
  if (!task_ || !ready_ || stopping_) return;
  ready_ = false;
  check_owner();
}

// Before anything is stored or leaves.
void PassRun::check_owner() {
  if (learned_) return begin_pass();
  const MailboxOwner configured{server_.host, deps_.user, deps_.authzid};
  owner_check_ =
      std::make_unique<OwnerCheck>(OwnerCheck::Deps{deps_.store, deps_.ledger, suspects_,
                                                    deps_.network.clock, deps_.network.log},
                                   task_->store, configured, account_);
  if (!owner_check_->is_needed()) return begin_pass();
  operation_ = owner_check_->start(*connection_, [this](Result<std::optional<OwnerRecord>> owner) {
    if (!owner && mends(owner.error())) return connect_after(Duration(0));
    if (!owner) {
      weigh_loss(std::nullopt, owner.error());
      return retry_or_end(owner.error());
    }
    learned_ = *std::move(owner);
    task_->store.newly_bound = false;
    begin_pass();
  });
}

void PassRun::begin_pass() {
  pass_ = std::make_unique<AccountPass>(
      AccountPass::Deps{*connection_, deps_.store, deps_.ledger, deps_.network.clock,
                        deps_.progress, suspects_, deps_.network.log},
      task_->store.account, task_->journal_end, mirror_, skip_, task_->wish);
  if (learned_) pass_->learn(*learned_);
  const auto done = [this](Result<Done> passed) { on_pass(std::move(passed)); };
  operation_ = task_->only ? pass_->visit(*task_->only, done) : pass_->start(done);
}

void PassRun::on_pass(Result<Done> passed) {
  const AccountPass::Counts counts = pass_->counts();
  outcome_.stored += counts.stored;
  outcome_.stored_bytes += counts.stored_bytes;
  outcome_.gone += counts.gone;
  outcome_.flags += counts.flags;
  outcome_.owed = pass_->owed();
  outcome_.owed_folders = pass_->owed_folders();
  if (pass_->left_out()) outcome_.left_out = pass_->left_out();
  const bool has_written = task_->journal_end != pass_->journal_end();
  task_->journal_end = pass_->journal_end();
  if (learned_ && has_written) {  // it was in the first batch
    task_->store.owner = MailboxOwner{learned_->host, learned_->user, learned_->authzid};
    learned_.reset();
  }
  if (counts.stored + counts.gone + counts.looked_at > 0) {
    made_progress();
    lost_in_.clear();
  }
  const std::uint64_t gained_before = std::exchange(gained_, suspects_.cuts().gained());
  const bool gained = gained_ != gained_before;
  if (gained) made_progress();
  if (!passed && mends(passed.error())) return connect_after(Duration(0));
  if (!passed && !gained) weigh_loss(pass_->ended_in(), passed.error());
  if (!passed) return retry_or_end(passed.error());
  if (!task_->only) deps_.store.adoption_is_over(pass_->maybe_unclaimed());
  end(std::nullopt);
}

// Bounded in every way: by what one folder may cost while nothing is answered, by how many bad
// messages it may have, by how many folders may be left out while nothing is answered, and by how
// often a run connects for such reasons at all.
void PassRun::weigh_loss(std::optional<FolderId> folder, const Error& why) {
  const bool blamed = suspects_.losses() != losses_;
  const bool well = blamed ? suspects_.was_well() : suspects_.answers() != answers_;
  losses_ = suspects_.losses();
  answers_ = suspects_.answers();
  if (!folder) {
    // At a message that was to recognise a folder or the mailbox: each costs two, and no more.
    if (blamed && lost_samples_++ < kMostLostSamples) made_progress();
    return;
  }
  if (well) excused_ = 0;
  int& doubtful = doubtful_in_[*folder];
  doubtful = blamed && !well ? doubtful + 1 : 0;
  // A message that has been found out will not cost another connection. Where all are bad, a few
  // are enough.
  int& known = convicted_in_[*folder];
  const int convicted = suspects_.convictions_in(*folder, started_);
  if (convicted > known && convicted <= kMostInARow && excused_ < kMostExcused) doubtful = 0;
  known = convicted;
  // Lost for no message's sake: the folder's turn comes last in the next pass. Lost there again,
  // all others have been visited.
  int in_a_row = 0;
  if (!blamed) {
    ++lost_in_[*folder];
    in_a_row = suspects_.folder_lost(*folder);
  }
  const bool was_last = in_a_row > 1 && !task_->only;
  const bool too_often = was_last || doubtful >= kDoubtfulLosses ||
                         lost_in_[*folder] >= kLossesInOneFolder || convicted >= kMostBadMessages;
  if (too_often && skip_.emplace(*folder, why.what).second) {
    if (well || excused_++ < kMostExcused) made_progress();
  } else if (blamed && excused_ < kMostExcused && isolating_++ < kMostIsolating) {
    made_progress();
  } else if (in_a_row == 1 && !task_->only && excused_ < kMostExcused) {
    ++excused_;
    made_progress();
  }
}

void PassRun::made_progress() {
  fruitless_ = 0;
  reconnects_ = 0;
  progress_at_ = deps_.network.clock.mono_now();
}

void PassRun::retry_or_end(const Error& error) {
  if (error.remedy == Remedy::kReconnect && !stopping_ && reconnects_++ < kMostReconnects) {
    deps_.network.log.info("session is over, another begins", {{"why", error.what}});
    return connect_after(Duration(0));
  }
  const bool is_lost = error.remedy == Remedy::kRetrySoon || error.remedy == Remedy::kReconnect;
  const bool again = is_lost && !stopping_ && ever_connected_ && fruitless_ < kFruitlessTries &&
                     deps_.network.clock.mono_now() - progress_at_ < kFruitlessTime;
  if (!again) return end(error);
  const Duration delay = backoff_.delay(fruitless_, deps_.network.random.next_u64());
  ++fruitless_;
  deps_.network.log.warning(
      "connection lost, trying again",
      {{"why", error.what},
       {"in_ms",
        std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(delay).count())}});
  connect_after(delay);
}

// From the loop: what has ended is still on the stack.
void PassRun::connect_after(Duration delay) {
  operation_ = deps_.network.timers.after(delay, [this] {
    owner_check_.reset();
    pass_.reset();
    connection_.reset();
    connect();
  });
}

void PassRun::stop(const std::string& why) {
  if (stopping_ || !done_.wanted()) return;
  stopping_ = true;
  if (pass_ && pass_->is_under_way()) return pass_->stop(why);
  operation_ = deps_.network.timers.soon([this, why] {
    end(Error{Remedy::kRetryLater, Trouble::kBusy, why, 0});
  });
}

std::uint64_t PassRun::bytes_received() const {
  return connection_ ? connection_->bytes_received() : connector_.bytes_received();
}

void PassRun::probe() {
  connector_.probe();
  if (connection_) connection_->doubt();
}

void PassRun::give_up_cut() {
  if (const auto cut = suspects_.cuts().end()) deps_.store.abandon(cut->incoming);
}

void PassRun::end(const std::optional<Error>& error) {
  outcome_.error = error;
  give_up_cut();
  // Stopped, too: to read what is in flight only to forget it may take longer than a new login.
  if (error && error->remedy != Remedy::kSkipMessage) connection_.reset();
  done_.complete(std::move(outcome_));
}

std::unique_ptr<imap::SourceConnection> PassRun::take_connection() {
  return std::move(connection_);
}

}  // namespace imapkeep
