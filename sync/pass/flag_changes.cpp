#include "sync/pass/flag_changes.h"

#include <algorithm>
#include <utility>

#include "sync/pass/places.h"
#include "sync/plan/mailbox_plan.h"

namespace imapkeep {
namespace {

// All flags of a window are held while they are compared; with CHANGEDSINCE few of them come.
constexpr std::uint64_t kWholeWindow = 10'000;
constexpr std::uint64_t kChangedWindow = 20'000;
// Windows halved, or refused to the last message: then it is not some messages that are refused.
constexpr int kMostRefusalsInARow = 60;
constexpr int kMostRefusals = 1000;  // about fifteen for each bad message

}  // namespace

FlagChanges::FlagChanges(Deps deps, Folder folder) : deps_(deps), folder_(std::move(folder)) {}

Operation FlagChanges::start(UidSet known, Scan scan, Completion<Done> done) {
  done_ = Pending<Done>(std::move(done));
  Operation operation = done_.operation([this] { operation_.cancel(); });
  scan_ = scan;
  window_size_ = widest();
  unsaid_ = deps_.suspects.convicted_in(place(), deps_.clock.mono_now()).intersect(known);
  to_do_ = known.minus(unsaid_);
  for (UidSet& group : deps_.suspects.groups(place())) {
    group = group.intersect(to_do_);
    to_do_ = to_do_.minus(group);
    if (!group.empty()) doubts_.push_back(std::move(group));
  }
  next_window();
  return operation;
}

std::uint64_t FlagChanges::widest() const { return scan_.since ? kChangedWindow : kWholeWindow; }

void FlagChanges::next_window() {
  if (!to_do_.empty()) {
    window_ = to_do_.highest(window_size_);
    to_do_ = to_do_.minus(window_);
    // One range costs the server nothing and keeps the command short; what is in it and not ours
    // is ignored below. Where some messages are dangerous, ours are named one by one.
    const bool danger = !doubts_.empty() || !unsaid_.empty() || !folder_.not_to_ask.empty() ||
                        !deps_.suspects.may_prefetch(folder_.id);
    return ask(danger ? window_ : UidSet::of(*window_.lowest(), *window_.highest()), scan_.since);
  }
  if (!doubts_.empty()) {
    window_ = std::move(doubts_.front());
    doubts_.pop_front();
    return ask(window_, scan_.since);
  }
  if (!missing_.empty() && !std::exchange(missing_asked_, true)) {
    window_ = std::exchange(missing_, UidSet());
    return ask(window_, std::nullopt);
  }
  unsaid_.add(missing_);
  operation_ = deps_.recorder.flush({}, [this](Result<Done> flushed) { done_.complete(flushed); });
}

void FlagChanges::ask(const UidSet& uids, std::optional<ModSeq> since) {
  answers_.clear();
  answered_ = UidSet();
  said_ = UidSet();
  all_are_to_answer_ = !since;
  const auto each = [this](const imap::MessageFacts& facts) { on_answer(facts); };
  const auto answered = [this](const Result<Done>& done) { on_flags(done); };
  operation_ = scan_.announcements
                   ? deps_.connection.fetch_changed_facts(uids, since, each, answered)
                   : deps_.connection.fetch_flags(uids, since, each, answered);
}

void FlagChanges::on_answer(const imap::MessageFacts& facts) {
  if (facts.uid == Uid{}) unreadable_ = true;
  if (!window_.contains(facts.uid)) return;
  answered_.add(facts.uid);
  if (facts.flags) said_.add(facts.uid);
  if (!facts.flags && !facts.internal_date && !facts.rfc822_size) return;
  ListedMessage& answer = answers_[facts.uid];
  answer.uid = facts.uid;
  if (facts.flags) answer.flags = facts.flags;
  if (facts.internal_date) answer.internal_date = facts.internal_date;
  if (facts.rfc822_size) answer.rfc822_size = facts.rfc822_size;
}

void FlagChanges::on_flags(const Result<Done>& done) {
  if (!done) return on_failed(done.error());
  deps_.suspects.window_answered(window_, place());
  refusals_in_a_row_ = 0;
  window_size_ = std::min(widest(), window_size_ * 2);
  missing_.add(answered_.minus(said_));
  if (all_are_to_answer_) silent_.add(window_.minus(answered_));
  all_answered_.add(answered_);
  if (answers_.empty()) return next_window();
  UidSet uids;
  for (const auto& answer : answers_) uids.add(answer.first);
  operation_ = deps_.ledger.messages(
      folder_.account, folder_.id, folder_.uid_validity, std::move(uids),
      [this](const Result<std::vector<KnownMessage>>& known) { on_known(known); });
}

void FlagChanges::on_failed(const Error& error) {
  if (error.remedy == Remedy::kSkipMessage) return on_refused();
  if (Suspects::may_be_a_message(error)) {
    deps_.suspects.window_lost(window_.minus(answered_), place(), error.what,
                               deps_.clock.mono_now());
  }
  done_.complete(error);
}

void FlagChanges::on_refused() {
  if (++refusals_ > kMostRefusals || ++refusals_in_a_row_ > kMostRefusalsInARow) {
    unsaid_.add(window_);
    unsaid_.add(std::exchange(to_do_, UidSet()));
    for (const UidSet& group : std::exchange(doubts_, {})) unsaid_.add(group);
    missing_asked_ = true;
  } else if (window_.count() == 1) {
    unsaid_.add(window_);
  } else {
    // One bad message can spoil the answer for its whole window.
    window_size_ = window_.count() / 2;
    to_do_.add(window_);
  }
  next_window();
}

void FlagChanges::on_known(const Result<std::vector<KnownMessage>>& known) {
  if (!known) return done_.complete(known.error());
  std::vector<ListedMessage> listed;
  listed.reserve(answers_.size());
  for (auto& answer : answers_) listed.push_back(std::move(answer.second));
  answers_.clear();
  const auto difference = compare_answers(*known, listed);
  if (scan_.announcements) altered_.add(difference.altered);
  auto message = known->begin();
  for (const FlagsDifference& change : difference.flags) {
    while (message->key != change.key) ++message;  // both ascend
    deps_.recorder.batch().flags.push_back(
        {change.key, place_of(*message, folder_.path), change.flags});
  }
  operation_ = deps_.recorder.flush({}, [this](Result<Done> flushed) {
    if (!flushed) return done_.complete(flushed);
    next_window();
  });
}

}  // namespace imapkeep
