#include "sync/pass/rechecks.h"

#include <algorithm>

#include "daemon/base/bytes.h"
#include "sync/pass/places.h"

namespace imapkeep {
namespace {

constexpr const char* kFormerIsKept =
    "the server has another message under this UID now; the former is kept";
constexpr const char* kFormerIsMissing =
    "the server has other bytes under this UID than were stored, and the stored file is missing";

}  // namespace

bool Rechecks::wanted(const Draft& draft) {
  return std::any_of(draft.arrivals.begin(), draft.arrivals.end(),
                     [](const Arrival& arrival) { return arrival.rechecks; });
}

Operation Rechecks::start(Draft& draft, Completion<Done> done) {
  done_ = Pending<Done>(std::move(done));
  Operation operation = done_.operation([this] { operation_.cancel(); });
  draft_ = &draft;
  former_.clear();
  to_ask_.clear();
  for (const Arrival& arrival : draft.arrivals) {
    if (!arrival.rechecks) continue;
    const MessageKey& key = arrival.record.key;
    to_ask_[{key.folder, key.uid_validity}].add(key.uid);
  }
  ask();
  return operation;
}

void Rechecks::ask() {
  if (to_ask_.empty()) return decide();
  const auto [generation, uids] = *to_ask_.begin();
  to_ask_.erase(to_ask_.begin());
  operation_ = deps_.ledger.messages(account_, generation.first, generation.second, uids,
                                     [this](const Result<std::vector<KnownMessage>>& known) {
                                       if (!known) return done_.complete(known.error());
                                       for (const auto& message : *known) {
                                         former_.emplace(message.key, message);
                                       }
                                       ask();
                                     });
}

void Rechecks::decide() {
  std::vector<Arrival> to_store;
  for (Arrival& arrival : draft_->arrivals) {
    const auto former = arrival.rechecks ? former_.find(arrival.record.key) : former_.end();
    if (former == former_.end()) {
      to_store.push_back(std::move(arrival));
      continue;
    }
    const MessageKey key = arrival.record.key;
    const Recheck recheck = decide_recheck(former->second, arrival.record);
    if (arrival.file_missing) {
      if (recheck == Recheck::kReplaced) leave(former->second, arrival, kFormerIsMissing);
      to_store.push_back(std::move(arrival));
      continue;
    }
    Tally& tally = tallies_[key.folder];
    checked_[{key.folder, key.uid_validity}].add(key.uid);
    ++looked_at_;
    if (recheck == Recheck::kReplaced) {
      ++tally.other;
      leave(former->second, arrival, kFormerIsKept);
      to_store.push_back(std::move(arrival));
      continue;
    }
    ++tally.same;
    deps_.store.abandon(arrival.incoming);
    // A record also ends the quarantine of a message that could not be had meanwhile.
    if (recheck == Recheck::kSame && !deps_.unstored.is_quarantined(key)) continue;
    restated_.insert(key);
    draft_->batch.restated.push_back(restated(former->second, std::move(arrival.record)));
  }
  draft_->arrivals = std::move(to_store);
  done_.complete(Done{});
}

void Rechecks::note_agreed(FolderId folder, UidValidity uid_validity, const UidSet& uids) {
  if (uids.empty()) return;
  tallies_[folder].same += uids.count();
  looked_at_ += uids.count();
  checked_[{folder, uid_validity}].add(uids);
}

/// Also where the file is missing: it may lie in gone/, from a batch that was condemned behind it.
void Rechecks::leave(const KnownMessage& former, const Arrival& arrival, const char* what) {
  const MessageKey& key = arrival.record.key;
  deps_.log.warning(what, {{"folder", printable_utf8(arrival.folder_path)},
                           {"uid", std::to_string(key.uid.value)}});
  draft_->batch.replaced.push_back({key, place_of(former, arrival.folder_path), GoneTo::kKept});
}

Rechecks::Tally Rechecks::tally(FolderId folder) const {
  const auto found = tallies_.find(folder);
  return found == tallies_.end() ? Tally{} : found->second;
}

}  // namespace imapkeep
