#include "sync/plan/departure_plan.h"

#include <algorithm>

namespace imapkeep {
namespace {

// Nothing stays of what was stored before this pass. Where what leaves is lost, new mail does not
// speak for a folder either. When a visit has stored it ahead of the pass, nobody knows any more
// what was there before: then a folder is emptied when only mail stays that is newer than all that
// is absent, and no more of it. Where the server numbers the folder anew, what stays may be the
// same mail: then most of it is found elsewhere.
bool is_emptied(const AbsentFolder& folder, bool keep) {
  if (folder.absent == 0) return false;
  const bool nothing_stays = folder.absent >= folder.stored;
  if (keep) return nothing_stays && !folder.has_other_mail;
  const bool only_new_stays = folder.only_newer_stays && folder.stays <= folder.absent;
  const bool lives_on = folder.has_other_mail && folder.nowhere < folder.absent - folder.nowhere;
  return (nothing_stays || only_new_stays) && !lives_on;
}

bool is_later(std::int64_t since_ms, const WitnessMoment& moment) {
  return moment.now_ms - since_ms >= kLaterPassMs && moment.connection_made_ms > since_ms;
}

bool is_accepted(const WaitingDeparture& waiting, const WitnessMoment& moment) {
  return waiting.for_person && moment.asked_ms && waiting.since_ms < *moment.asked_ms &&
         moment.connection_made_ms > waiting.since_ms;
}

bool is_of(const WaitingDeparture& waiting, FolderId folder, UidValidity uid_validity) {
  return waiting.folder == folder && waiting.uid_validity == uid_validity;
}

}  // namespace

std::optional<std::string> doubt_of(const ListEvidence& evidence) {
  if (evidence.listed.count() != evidence.exists) {
    return "the server lists " + std::to_string(evidence.listed.count()) + " UIDs of " +
           std::to_string(evidence.exists) + " messages";
  }
  if (evidence.status && *evidence.status > evidence.exists) {
    return "STATUS says " + std::to_string(*evidence.status) + " messages and EXAMINE " +
           std::to_string(evidence.exists);
  }
  UidSet known_by_now = evidence.listed;
  if (evidence.had_before && *evidence.had_before <= 0xffffffff) {
    known_by_now.remove(
        UidRange{Uid{static_cast<std::uint32_t>(*evidence.had_before)}, Uid{0xffffffff}});
  }
  const UidSet never_had = known_by_now.minus(evidence.stored);
  if (!never_had.minus(evidence.long_unstored).empty()) {
    return "the server lists messages that could not be fetched";
  }
  if (!known_by_now.empty() && never_had.count() == known_by_now.count()) {
    return "of what the server lists nothing could be fetched";
  }
  return std::nullopt;
}

std::vector<Departs> weigh_departures(const std::vector<AbsentFolder>& folders,
                                      std::uint64_t stored, bool keep) {
  std::uint64_t gone = 0;
  for (const AbsentFolder& folder : folders) gone += folder.nowhere;
  const bool all = gone > 0 && gone >= stored;
  const bool most = gone > kManyMessages && gone > stored / 2;

  std::vector<Departs> answers;
  for (const AbsentFolder& folder : folders) {
    const bool is_lost = folder.nowhere > 0;
    if (is_lost && (all || most)) {
      answers.push_back(Departs::kPerson);
    } else if (is_lost && is_emptied(folder, keep) && !keep && !folder.throws_away) {
      answers.push_back(Departs::kPerson);
    } else if (!keep || (is_lost && is_emptied(folder, keep) && !folder.folder_is_gone)) {
      answers.push_back(Departs::kLaterPass);
    } else {
      answers.push_back(Departs::kNow);
    }
  }
  return answers;
}

bool elsewhere_matters(std::vector<AbsentFolder> folders, std::uint64_t stored, bool keep) {
  for (AbsentFolder& folder : folders) folder.nowhere = folder.absent;
  const auto at_worst = weigh_departures(folders, stored, keep);
  const Departs at_best = keep ? Departs::kNow : Departs::kLaterPass;
  return std::any_of(at_worst.begin(), at_worst.end(),
                     [&](Departs answer) { return answer != at_best; });
}

std::string gone_at_once(std::uint64_t messages, const std::string& account) {
  const bool one = messages == 1;
  return std::to_string(messages) + (one ? " message is" : " messages are") +
         " gone from the server, too much at once to be believed: " +
         (one ? "it stays" : "they stay") +
         " here until they are back, or until you say that it is meant with `imapkeep sync "
         "--accept-gone " +
         account + "`";
}

UidSet accepted_of(FolderId folder, UidValidity uid_validity,
                   const std::vector<WaitingDeparture>& before, const WitnessMoment& moment) {
  UidSet accepted;
  for (const WaitingDeparture& waiting : before) {
    if (is_of(waiting, folder, uid_validity) && is_accepted(waiting, moment)) {
      accepted.add(waiting.uids);
    }
  }
  return accepted;
}

SortedAbsence sort_absence(FolderId folder, UidValidity uid_validity, const UidSet& absent,
                           const UidSet& nowhere, Departs departs, bool keep,
                           const std::vector<WaitingDeparture>& before,
                           const WitnessMoment& moment) {
  SortedAbsence sorted;
  const auto wait = [&](UidSet uids, std::int64_t since_ms, bool for_person) {
    if (uids.empty()) return;
    for (WaitingDeparture& other : sorted.waiting) {
      if (other.since_ms != since_ms || other.for_person != for_person) continue;
      return other.uids.add(uids);
    }
    sorted.waiting.push_back({folder, uid_validity, std::move(uids), since_ms, for_person});
  };

  UidSet fresh = absent;
  for (const WaitingDeparture& waiting : before) {
    if (!is_of(waiting, folder, uid_validity)) continue;
    const UidSet still = fresh.intersect(waiting.uids);
    fresh = fresh.minus(still);
    if (is_accepted(waiting, moment)) {
      sorted.may_depart.add(still);
      continue;
    }
    // A date in the future is a clock that was set back, and proves nothing.
    const std::int64_t since_ms = std::min(waiting.since_ms, moment.now_ms);
    const bool for_person = waiting.for_person || departs == Departs::kPerson;
    const UidSet lost = for_person ? still.intersect(nowhere) : UidSet{};
    // What did not wait for a person before was not meant by one who has spoken before.
    wait(lost, waiting.for_person ? since_ms : moment.now_ms, true);
    const UidSet others = still.minus(lost);
    if (is_later(since_ms, moment)) {
      sorted.may_depart.add(others);
    } else {
      wait(others, since_ms, false);
    }
  }

  const UidSet lost = departs == Departs::kPerson ? fresh.intersect(nowhere) : UidSet{};
  wait(lost, moment.now_ms, true);
  // What lives on elsewhere does not wait for a person.
  const UidSet others = fresh.minus(lost);
  if (departs == Departs::kNow || (keep && departs == Departs::kPerson)) {
    sorted.may_depart.add(others);
  } else if (keep) {
    const UidSet moved = others.minus(nowhere);
    sorted.may_depart.add(moved);
    wait(others.minus(moved), moment.now_ms, false);
  } else {
    wait(others, moment.now_ms, false);
  }
  return sorted;
}

}  // namespace imapkeep
