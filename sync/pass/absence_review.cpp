#include "sync/pass/absence_review.h"

#include <algorithm>

namespace imapkeep {
namespace {

constexpr std::uint64_t kWindow = 500;  // messages that are looked for at a time

/// Beside what is absent: how much, and has it all come later? `fresh`: of the absence, what is
/// weighed.
void say_what_stays(const Absence& absence, const UidSet& fresh, AbsentFolder& folder) {
  if (absence.of == Absence::Of::kMessages) {
    folder.stays = std::max(folder.stays, absence.listed.count());
    const bool older = absence.listed.lowest() && absence.listed.lowest() < fresh.highest();
    if (older) folder.only_newer_stays = false;
  }
  if (absence.of == Absence::Of::kOldGeneration) {
    folder.stays = std::max(folder.stays, absence.afterwards.exists);
    if (absence.afterwards.exists > 0) folder.has_other_mail = true;
  }
  if (absence.of == Absence::Of::kFolderMessages) folder.folder_is_gone = true;
}

/// Until it has left, what is to leave now waits as it did.
void wait_until_left(const UidSet& may_depart, const std::vector<WaitingDeparture>& before,
                     std::vector<WaitingDeparture>& waiting) {
  for (WaitingDeparture one : before) {
    one.uids = one.uids.intersect(may_depart);
    if (one.uids.empty()) continue;
    const auto same = std::find_if(waiting.begin(), waiting.end(), [&](const auto& other) {
      return other.since_ms == one.since_ms && other.for_person == one.for_person;
    });
    if (same == waiting.end()) {
      waiting.push_back(std::move(one));
    } else {
      same->uids.add(one.uids);
    }
  }
}

}  // namespace

UidSet AbsenceReview::Outcome::long_unstored(FolderId folder, UidValidity uid_validity) const {
  const auto found = owed_for_long.find({folder, uid_validity});
  return found == owed_for_long.end() ? UidSet{} : found->second;
}

AbsenceReview::AbsenceReview(Deps deps, Question question, std::vector<Absence> absences)
    : deps_(std::move(deps)), question_(std::move(question)), absences_(std::move(absences)) {}

Operation AbsenceReview::start(Completion<Outcome> done) {
  done_ = Pending<Outcome>(std::move(done));
  Operation operation = done_.operation([this] { operation_.cancel(); });
  operation_ = deps_.ledger.waiting(
      question_.account,
      [this](Result<std::vector<WaitingDeparture>> waiting) { on_waiting(std::move(waiting)); });
  return operation;
}

void AbsenceReview::on_waiting(Result<std::vector<WaitingDeparture>> waiting) {
  if (!waiting) return done_.complete(waiting.error());
  before_ = std::move(*waiting);
  for (const WaitingDeparture& one : before_) {
    before_at_[{one.folder, one.uid_validity}].push_back(one);
  }
  if (absences_.empty()) return sort();
  operation_ = deps_.ledger.quarantined(
      question_.account, [this](const Result<std::vector<QuarantinedMessage>>& quarantined) {
        on_quarantined(quarantined);
      });
}

void AbsenceReview::on_quarantined(const Result<std::vector<QuarantinedMessage>>& quarantined) {
  if (!quarantined) return done_.complete(quarantined.error());
  for (const QuarantinedMessage& message : *quarantined) {
    if (question_.moment.now_ms - message.since_ms < kLongOwedMs) continue;
    outcome_.owed_for_long[{message.key.folder, message.key.uid_validity}].add(message.key.uid);
  }
  look_at_next();
}

void AbsenceReview::look_at_next() {
  while (at_ < absences_.size() && absences_[at_].of == Absence::Of::kFolder) ++at_;
  if (at_ == absences_.size()) return weigh();
  const Absence& absence = absences_[at_];
  operation_ =
      deps_.ledger.stored_uids(question_.account, absence.folder.record.id, absence.generation,
                               [this](Result<UidSet> stored) { on_stored(std::move(stored)); });
}

void AbsenceReview::on_stored(Result<UidSet> stored) {
  if (!stored) return done_.complete(stored.error());
  Absence& absence = absences_[at_++];
  const FolderId folder = absence.folder.record.id;
  if (absence.of != Absence::Of::kMessages) {
    absence.uids = std::move(*stored);
  } else {
    const auto doubt =
        doubt_of({absence.listed, absence.listed.count(), std::nullopt, std::move(*stored),
                  outcome_.long_unstored(folder, absence.generation), std::nullopt});
    if (doubt) {
      deps_.log.info("absent messages stay for now",
                     {{"folder", absence.folder.record.path}, {"why", *doubt}});
      doubted_.insert(folder);
    }
  }
  if (!doubted_.contains(folder)) absent_[{folder, absence.generation}].add(absence.uids);
  look_at_next();
}

void AbsenceReview::weigh() {
  for (auto& [place, uids] : absent_) nowhere_[place] = uids;
  if (!elsewhere_matters(folders().folders, question_.stored, question_.keep)) return sort();
  leaving_ = std::make_shared<const UidsByPlace>(absent_);
  at_ = 0;
  to_look_for_ = {};
  look_elsewhere();
}

void AbsenceReview::look_elsewhere() {
  while (to_look_for_.empty()) {
    if (at_ == absences_.size()) return sort();
    const Absence& next = absences_[at_++];
    const auto found = absent_.find({next.folder.record.id, next.generation});
    if (next.of != Absence::Of::kFolder && found != absent_.end()) to_look_for_ = next.uids;
  }
  const Absence& absence = absences_[at_ - 1];
  const UidSet uids = to_look_for_.highest(kWindow);
  to_look_for_ = to_look_for_.minus(uids);
  operation_ = deps_.ledger.messages(
      question_.account, absence.folder.record.id, absence.generation, uids,
      [this](Result<std::vector<KnownMessage>> messages) { on_messages(std::move(messages)); });
}

void AbsenceReview::on_messages(Result<std::vector<KnownMessage>> messages) {
  if (!messages) return done_.complete(messages.error());
  window_ = std::move(*messages);
  // A copy that is about to leave, too, is no place where the message has gone.
  operation_ = deps_.ledger.live_elsewhere(
      question_.account, window_, leaving_,
      [this](const Result<std::vector<std::optional<LiveCopy>>>& elsewhere) {
        on_elsewhere(elsewhere);
      });
}

void AbsenceReview::on_elsewhere(const Result<std::vector<std::optional<LiveCopy>>>& elsewhere) {
  if (!elsewhere) return done_.complete(elsewhere.error());
  for (std::size_t i = 0; i < window_.size(); ++i) {
    const MessageKey& key = window_[i].key;
    if ((*elsewhere)[i]) nowhere_[{key.folder, key.uid_validity}].remove(key.uid);
  }
  look_elsewhere();
}

const std::vector<WaitingDeparture>& AbsenceReview::waited_at(const Place& place) const {
  static const std::vector<WaitingDeparture> kNone;
  const auto found = before_at_.find(place);
  return found == before_at_.end() ? kNone : found->second;
}

UidSet AbsenceReview::accepted_at(const Place& place) const {
  return accepted_of(place.first, place.second, waited_at(place), question_.moment);
}

// One for each folder of which something is absent. What a person has accepted is not weighed.
AbsenceReview::Weighed AbsenceReview::folders() const {
  Weighed weighed;
  for (const Absence& absence : absences_) {
    const Place place{absence.folder.record.id, absence.generation};
    if (absence.of == Absence::Of::kFolder || doubted_.contains(place.first)) continue;
    const auto [at, is_new] = weighed.at.try_emplace(place.first, weighed.folders.size());
    if (is_new) {
      AbsentFolder folder;
      folder.folder = place.first;
      folder.stored = absence.folder.stored;
      folder.throws_away = question_.throws_away.contains(place.first);
      folder.only_newer_stays = true;
      weighed.folders.push_back(folder);
    }
    AbsentFolder& folder = weighed.folders[at->second];
    const UidSet accepted = accepted_at(place);
    const UidSet fresh = absence.uids.minus(accepted);
    folder.absent += fresh.count();
    const auto nowhere = nowhere_.find(place);
    if (nowhere != nowhere_.end()) folder.nowhere += nowhere->second.intersect(fresh).count();
    const std::uint64_t left = absence.uids.count() - fresh.count();
    folder.stored -= std::min(folder.stored, left);
    say_what_stays(absence, fresh, folder);
  }
  return weighed;
}

void AbsenceReview::sort() {
  const Weighed weighed = folders();
  std::uint64_t accepted = 0;
  for (const auto& [place, uids] : absent_) {
    accepted += accepted_at(place).intersect(uids).count();
  }
  const std::uint64_t stored = question_.stored - std::min(question_.stored, accepted);
  const auto answers = weigh_departures(weighed.folders, stored, question_.keep);

  std::vector<WaitingDeparture> waiting;
  // What nobody has looked at in this pass, or not so that it can be believed, waits on.
  for (const WaitingDeparture& one : before_) {
    const bool seen = question_.looked_at.contains(one.folder) && !doubted_.contains(one.folder);
    if (!seen) waiting.push_back(one);
  }
  for (const FolderId folder : doubted_) outcome_.unfinished.insert(folder);
  for (Absence& absence : absences_) {
    const FolderId id = absence.folder.record.id;
    if (absence.of == Absence::Of::kFolder) {
      outcome_.may_depart.push_back(std::move(absence));
      continue;
    }
    if (doubted_.contains(id)) continue;
    const Place place{id, absence.generation};
    SortedAbsence sorted = sort_absence(id, absence.generation, absence.uids, nowhere_[place],
                                        answers[weighed.at.at(id)], question_.keep,
                                        waited_at(place), question_.moment);
    if (!sorted.waiting.empty()) outcome_.unfinished.insert(id);
    wait_until_left(sorted.may_depart, waited_at(place), sorted.waiting);
    for (WaitingDeparture& one : sorted.waiting) waiting.push_back(std::move(one));
    if (sorted.may_depart.empty() && !absence.uids.empty()) continue;
    absence.uids = std::move(sorted.may_depart);
    outcome_.may_depart.push_back(std::move(absence));
  }
  write(std::move(waiting));
}

void AbsenceReview::write(std::vector<WaitingDeparture> waiting) {
  outcome_.waiting = waiting;
  if (waiting == before_) return done_.complete(std::move(outcome_));
  operation_ =
      deps_.ledger.set_waiting(question_.account, std::move(waiting), [this](Result<Done> written) {
        if (!written) return done_.complete(written.error());
        done_.complete(std::move(outcome_));
      });
}

}  // namespace imapkeep
