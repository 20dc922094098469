#include "sync/mirror/absence_review.h"

#include <algorithm>

namespace imapkeep {
namespace {

constexpr std::uint64_t kWindow = 500;  // messages that are looked for at a time

}  // namespace

UidSet AbsenceReview::Outcome::long_owed(FolderId folder, UidValidity uid_validity) const {
  const auto found = owed_for_long.find({folder, uid_validity});
  return found == owed_for_long.end() ? UidSet{} : found->second;
}

AbsenceReview::AbsenceReview(World world, Question question, std::vector<Absence> absences)
    : world_(std::move(world)), question_(std::move(question)), absences_(std::move(absences)) {}

Operation AbsenceReview::start(Completion<Outcome> done) {
  done_ = Pending<Outcome>(std::move(done));
  Operation operation = done_.operation([this] { operation_.cancel(); });
  operation_ = world_.ledger.waiting(
      question_.account,
      [this](Result<std::vector<WaitingDeparture>> waiting) { on_waiting(std::move(waiting)); });
  return operation;
}

void AbsenceReview::on_waiting(Result<std::vector<WaitingDeparture>> waiting) {
  if (!waiting) return done_.complete(waiting.error());
  before_ = std::move(*waiting);
  if (absences_.empty()) return sort();
  operation_ = world_.ledger.quarantined(
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
      world_.ledger.stored_uids(question_.account, absence.folder.record.id, absence.generation,
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
                  outcome_.long_owed(folder, absence.generation), std::nullopt});
    if (doubt) {
      world_.log.info("absent messages stay for now",
                      {{"folder", absence.folder.record.path}, {"why", *doubt}});
      doubted_.insert(folder);
    }
  }
  if (!doubted_.contains(folder)) absent_[{folder, absence.generation}].add(absence.uids);
  look_at_next();
}

void AbsenceReview::weigh() {
  for (auto& [place, uids] : absent_) nowhere_[place] = uids;
  if (!elsewhere_matters(folders(), question_.stored, question_.keep)) return sort();
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
  operation_ = world_.ledger.messages(
      question_.account, absence.folder.record.id, absence.generation, uids,
      [this](Result<std::vector<KnownMessage>> messages) { on_messages(std::move(messages)); });
}

void AbsenceReview::on_messages(Result<std::vector<KnownMessage>> messages) {
  if (!messages) return done_.complete(messages.error());
  window_ = std::move(*messages);
  operation_ = world_.ledger.live_elsewhere(
      question_.account, window_,
      [this](const Result<std::vector<std::optional<LiveCopy>>>& elsewhere) {
        on_elsewhere(elsewhere);
      });
}

void AbsenceReview::on_elsewhere(const Result<std::vector<std::optional<LiveCopy>>>& elsewhere) {
  if (!elsewhere) return done_.complete(elsewhere.error());
  for (std::size_t i = 0; i < window_.size(); ++i) {
    const auto& copy = (*elsewhere)[i];
    if (!copy) continue;
    // A copy that is about to leave, too, is no place where the message has gone.
    const MessageKey& key = copy->message.key;
    const auto leaving = absent_.find({key.folder, key.uid_validity});
    if (leaving != absent_.end() && leaving->second.contains(key.uid)) continue;
    nowhere_[{window_[i].key.folder, window_[i].key.uid_validity}].remove(window_[i].key.uid);
  }
  look_elsewhere();
}

// One for each folder of which something is absent. What a person has accepted is not weighed.
std::vector<AbsentFolder> AbsenceReview::folders() const {
  std::vector<AbsentFolder> folders;
  for (const Absence& absence : absences_) {
    const FolderId id = absence.folder.record.id;
    if (absence.of == Absence::Of::kFolder || doubted_.contains(id)) continue;
    auto at = std::find_if(folders.begin(), folders.end(),
                           [&](const AbsentFolder& one) { return one.folder == id; });
    if (at == folders.end()) {
      AbsentFolder folder;
      folder.folder = id;
      folder.stored = absence.folder.stored;
      folder.throws_away = question_.throws_away.contains(id);
      at = folders.insert(folders.end(), folder);
    }
    at->folder_is_gone = at->folder_is_gone || absence.of == Absence::Of::kFolderMessages;
    at->has_other_mail = at->has_other_mail || (absence.of == Absence::Of::kOldGeneration &&
                                                absence.afterwards.exists > 0);
    const UidSet accepted = accepted_of(id, absence.generation, before_, question_.moment);
    const auto nowhere = nowhere_.find({id, absence.generation});
    at->absent += absence.uids.minus(accepted).count();
    at->nowhere += nowhere == nowhere_.end()
                       ? 0
                       : nowhere->second.intersect(absence.uids).minus(accepted).count();
    const std::uint64_t left = absence.uids.intersect(accepted).count();
    at->stored -= std::min(at->stored, left);
  }
  return folders;
}

void AbsenceReview::sort() {
  const auto weighed = folders();
  std::uint64_t accepted = 0;
  for (const auto& [place, uids] : absent_) {
    accepted +=
        accepted_of(place.first, place.second, before_, question_.moment).intersect(uids).count();
  }
  const std::uint64_t stored = question_.stored - std::min(question_.stored, accepted);
  const auto answers = weigh_departures(weighed, stored, question_.keep);

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
    const auto at = std::find_if(weighed.begin(), weighed.end(),
                                 [&](const AbsentFolder& one) { return one.folder == id; });
    const UidSet& nowhere = nowhere_[{id, absence.generation}];
    SortedAbsence sorted = sort_absence(id, absence.generation, absence.uids, nowhere,
                                        answers[static_cast<std::size_t>(at - weighed.begin())],
                                        question_.keep, before_, question_.moment);
    if (!sorted.waiting.empty()) outcome_.unfinished.insert(id);
    for (WaitingDeparture& one : sorted.waiting) waiting.push_back(std::move(one));
    // Until it has left, what is to leave now waits as it did.
    for (WaitingDeparture one : before_) {
      if (one.folder != id || one.uid_validity != absence.generation) continue;
      one.uids = one.uids.intersect(sorted.may_depart);
      if (one.uids.empty()) continue;
      const auto same = std::find_if(waiting.begin(), waiting.end(), [&](const auto& other) {
        return other.folder == id && other.uid_validity == one.uid_validity &&
               other.since_ms == one.since_ms && other.for_person == one.for_person;
      });
      if (same == waiting.end()) {
        waiting.push_back(std::move(one));
      } else {
        same->uids.add(one.uids);
      }
    }
    if (sorted.may_depart.empty() && !absence.uids.empty()) continue;
    absence.uids = std::move(sorted.may_depart);
    outcome_.may_depart.push_back(std::move(absence));
  }
  write(std::move(waiting));
}

void AbsenceReview::write(std::vector<WaitingDeparture> waiting) {
  outcome_.waiting = waiting;
  if (waiting == before_) return done_.complete(std::move(outcome_));
  operation_ = world_.ledger.set_waiting(question_.account, std::move(waiting),
                                         [this](Result<Done> written) {
                                           if (!written) return done_.complete(written.error());
                                           done_.complete(std::move(outcome_));
                                         });
}

}  // namespace imapkeep
