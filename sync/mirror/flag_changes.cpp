#include "sync/mirror/flag_changes.h"

#include <utility>

#include "sync/mirror/places.h"
#include "sync/plan/mailbox_plan.h"

namespace imapkeep {
namespace {

// All flags of a window are held while they are compared; with CHANGEDSINCE few of them come.
constexpr std::uint64_t kWindow = 10'000;
constexpr std::uint64_t kChangedWindow = 20'000;

}  // namespace

FlagChanges::FlagChanges(imap::Connection& connection, Ledger& ledger, Recorder& recorder,
                         AccountId account, FolderId folder, UidValidity uid_validity,
                         std::string folder_path)
    : connection_(connection),
      ledger_(ledger),
      recorder_(recorder),
      account_(account),
      folder_(folder),
      uid_validity_(uid_validity),
      folder_path_(std::move(folder_path)) {}

Operation FlagChanges::start(UidSet known, Scan scan, Completion<Done> done) {
  done_ = Pending<Done>(std::move(done));
  Operation operation = done_.operation([this] { operation_.cancel(); });
  to_do_ = std::move(known);
  scan_ = scan;
  next_window();
  return operation;
}

void FlagChanges::next_window() {
  if (to_do_.empty()) {
    operation_ = recorder_.flush({}, [this](Result<Done> flushed) { done_.complete(flushed); });
    return;
  }
  const UidSet window = to_do_.highest(scan_.since ? kChangedWindow : kWindow);
  to_do_ = to_do_.minus(window);
  answers_.clear();
  // One range costs the server nothing and keeps the command short; what is in it and not ours is
  // ignored below.
  const UidSet range = UidSet::of(*window.lowest(), *window.highest());
  const auto each = [this, window](const imap::MessageFacts& facts) {
    if (!window.contains(facts.uid)) return;
    window_answered_.add(facts.uid);
    const bool says = facts.flags || facts.internal_date || facts.rfc822_size;
    if (says) answers_.push_back({facts.uid, facts.flags, facts.internal_date, facts.rfc822_size});
  };
  const auto answered = [this](const Result<Done>& done) { on_flags(done); };
  operation_ = scan_.announcements
                   ? connection_.fetch_changed_facts(range, scan_.since, each, answered)
                   : connection_.fetch_flags(range, scan_.since, each, answered);
}

void FlagChanges::on_flags(const Result<Done>& done) {
  if (!done) return done_.complete(done.error());
  answered_.add(std::exchange(window_answered_, {}));
  if (answers_.empty()) return next_window();
  UidSet uids;
  for (const ListedMessage& answer : answers_) uids.add(answer.uid);
  operation_ =
      ledger_.messages(account_, folder_, uid_validity_, std::move(uids),
                       [this](const Result<std::vector<KnownMessage>>& known) { on_known(known); });
}

void FlagChanges::on_known(const Result<std::vector<KnownMessage>>& known) {
  if (!known) return done_.complete(known.error());
  const auto difference = compare_window({Uid{1}, kMaxUid}, *known, answers_, false);
  if (scan_.announcements) altered_.add(difference.altered);
  auto message = known->begin();
  for (const FlagsDifference& change : difference.flags) {
    while (message->key != change.key) ++message;  // both ascend
    recorder_.batch().flags.push_back({change.key, place_of(*message, folder_path_), change.flags});
  }
  operation_ = recorder_.flush({}, [this](Result<Done> flushed) {
    if (!flushed) return done_.complete(flushed);
    next_window();
  });
}

}  // namespace imapkeep
