#include "sync/pass/suspects.h"

#include <algorithm>
#include <utility>

namespace imapkeep {
namespace {

constexpr std::uint64_t kMostOneByOne = 1000;  // a batch of bodies; never expand more

}  // namespace

void Suspects::strike(const Who& who, bool alone, const std::string& why, MonoTime now) {
  Suspect& suspect = suspects_[who];
  suspect.last = now;
  suspect.why = why;
  if (alone) ++suspect.strikes;
}

// That facts are told says nothing of bodies; a body that comes says that facts would, too.
void Suspects::lost(bool at_bodies) {
  ++losses_;
  was_well_ = arrivals_ != arrivals_at_loss_ || (!at_bodies && answers_ != answers_at_loss_);
  answers_at_loss_ = answers_;
  arrivals_at_loss_ = arrivals_;
}

void Suspects::connection_lost(const UidSet& uids, const Place& place, const std::string& why,
                               MonoTime now) {
  lost(true);
  const bool alone = uids.count() == 1;
  uids.highest(kMostOneByOne).for_each([&](Uid uid) {
    strike({place.of, {place.folder, place.validity, uid}}, alone, why, now);
  });
}

void Suspects::window_lost(const UidSet& unanswered, const Place& place, const std::string& why,
                           MonoTime now) {
  if (unanswered.empty()) return;
  lost(false);
  auto& groups = groups_[place];
  for (UidSet& group : groups) group = group.minus(unanswered);
  std::erase_if(groups, [](const UidSet& group) { return group.empty(); });
  const std::uint64_t count = unanswered.count();
  if (count == 1) {
    groups.push_back(unanswered);
    return strike({place.of, {place.folder, place.validity, *unanswered.lowest()}}, true, why, now);
  }
  const UidSet upper = unanswered.highest(count / 2);
  groups.push_back(unanswered.minus(upper));
  groups.push_back(upper);
}

void Suspects::second_ask_lost(const UidSet& asked, const Place& place) {
  if (asked.empty()) return;
  lost(true);
  asked.highest(kMostOneByOne).for_each([&](Uid uid) {
    not_twice_.insert({place.folder, place.validity, uid});
  });
}

void Suspects::window_answered(const UidSet& asked, const Place& place) {
  ++answers_;
  const auto found = groups_.find(place);
  if (found == groups_.end()) return;
  for (UidSet& group : found->second) {
    if (group.count() == 1 && asked.contains(*group.lowest())) {
      const Who who{place.of, {place.folder, place.validity, *group.lowest()}};
      // Facts that came clear nobody of what the bytes have cost.
      if (place.of == AskedOf::kFlags) suspects_.erase(who);
    }
    group = group.minus(asked);
  }
  std::erase_if(found->second, [](const UidSet& group) { return group.empty(); });
  if (found->second.empty()) groups_.erase(found);
}

std::vector<UidSet> Suspects::groups(const Place& place) const {
  const auto found = groups_.find(place);
  if (found == groups_.end()) return {};
  std::vector<UidSet> groups = found->second;
  std::stable_sort(groups.begin(), groups.end(),
                   [](const UidSet& a, const UidSet& b) { return a.count() > b.count(); });
  return groups;
}

void Suspects::sample_lost(FolderId folder, const UidSet& asked, MonoTime now) {
  lost(false);
  LostSample& sample = samples_[folder];
  if (now - sample.last >= kAskedAgain) sample.losses = 0;
  sample.asked.add(asked);
  sample.last = now;
  ++sample.losses;
}

UidSet Suspects::not_to_sample(FolderId folder) const {
  const auto found = samples_.find(folder);
  return found == samples_.end() ? UidSet() : found->second.asked;
}

bool Suspects::may_sample(FolderId folder, MonoTime now) const {
  const auto found = samples_.find(folder);
  return found == samples_.end() || found->second.losses < kMostSamples ||
         now - found->second.last >= kAskedAgain;
}

void Suspects::headers_lost(FolderId folder, UidValidity validity, const UidSet& unanswered) {
  if (unanswered.empty()) return;
  lost(false);
  LostHeaders& headers = headers_[{folder, validity}];
  const bool again = unanswered.count() == 1 && headers.once.contains(*unanswered.lowest());
  (again ? headers.alone : headers.once).add(unanswered);
}

UidSet Suspects::headers_one_by_one(FolderId folder, UidValidity validity) const {
  const auto found = headers_.find({folder, validity});
  return found == headers_.end() ? UidSet() : found->second.once;
}

UidSet Suspects::headers_not_to_ask(FolderId folder, UidValidity validity) const {
  const auto found = headers_.find({folder, validity});
  return found == headers_.end() ? UidSet() : found->second.alone;
}

bool Suspects::may_prefetch(FolderId folder) const {
  if (!sizes_fit() || not_to_prefetch_.contains(folder)) return false;
  const auto at = suspects_.lower_bound({AskedOf::kMessage, {folder, {}, {}}});
  const bool suspected = at != suspects_.end() && at->first.first == AskedOf::kMessage &&
                         at->first.second.folder == folder;
  const auto group = groups_.lower_bound({folder, {}, AskedOf::kMessage});
  return !suspected && (group == groups_.end() || group->first.folder != folder);
}

int Suspects::convictions_in(FolderId folder, MonoTime since) const {
  int convictions = 0;
  for (const AskedOf of : {AskedOf::kMessage, AskedOf::kFlags}) {
    for (auto at = suspects_.lower_bound({of, {folder, {}, {}}});
         at != suspects_.end() && at->first.first == of && at->first.second.folder == folder;
         ++at) {
      if (at->second.strikes >= kStrikes && at->second.last >= since) ++convictions;
    }
  }
  return convictions;
}

void Suspects::arrived(const MessageKey& key) {
  ++arrivals_;
  suspects_.erase({AskedOf::kMessage, key});
}

bool Suspects::convicted(const MessageKey& key, int strikes, MonoTime now, AskedOf of) const {
  const auto found = suspects_.find({of, key});
  return found != suspects_.end() && found->second.strikes >= strikes &&
         now - found->second.last < kAskedAgain;
}

UidSet Suspects::convicted_in(const Place& place, MonoTime now) const {
  UidSet uids;
  for (auto at = suspects_.lower_bound({place.of, {place.folder, place.validity, Uid{}}});
       at != suspects_.end(); ++at) {
    const auto& [of, key] = at->first;
    if (of != place.of || key.folder != place.folder || key.uid_validity != place.validity) break;
    if (convicted(key, kStrikes, now, of)) uids.add(key.uid);
  }
  return uids;
}

void Suspects::retrial_lost(MonoTime now) {
  if (now - retrial_at_ >= kAskedAgain) retrials_lost_ = 0;
  ++retrials_lost_;
  retrial_at_ = now;
}

bool Suspects::may_retry(MonoTime now) const {
  return retrials_lost_ < kMostRetrials || now - retrial_at_ >= kAskedAgain;
}

std::string Suspects::cause(const MessageKey& key) const {
  const auto found = suspects_.find({AskedOf::kMessage, key});
  return found == suspects_.end() ? std::string() : found->second.why;
}

bool Suspects::remembers_nothing() const {
  const bool nobody = suspects_.empty() && groups_.empty() && not_to_prefetch_.empty() &&
                      samples_.empty() && headers_.empty() && lost_in_.empty() &&
                      not_twice_.empty() && rechecked_.empty() && cuts_.remembers_nothing();
  return nobody && other_sizes_ == 0 && asked_twice_ == 0 && put_off_ == 0 && !held_were_lost_ &&
         retrials_lost_ == 0;
}

}  // namespace imapkeep
