#include "sync/plan/rename_sample.h"

#include <algorithm>
#include <vector>

namespace imapkeep {
namespace {

// Bodies that are fetched although they are stored: the smallest, however large it is, and a few
// more that cost next to nothing.
constexpr std::size_t kMostCompared = 3;
constexpr std::uint64_t kCheap = 64U << 10;

UidSet cheapest(std::vector<const KnownMessage*> messages) {
  std::sort(messages.begin(), messages.end(), [](const KnownMessage* a, const KnownMessage* b) {
    return a->identity.size < b->identity.size;
  });
  UidSet uids;
  for (const KnownMessage* message : messages) {
    if (uids.count() == kMostCompared) break;
    if (uids.empty() || message->identity.size <= kCheap) uids.add(message->key.uid);
  }
  return uids;
}

}  // namespace

SampleVerdict judge_sample(std::span<const KnownMessage> stored,
                           std::span<const SampleFacts> told) {
  std::size_t agree = 0;
  std::vector<const KnownMessage*> other_date;
  for (const SampleFacts& facts : told) {
    const auto known = std::find_if(stored.begin(), stored.end(), [&](const KnownMessage& message) {
      return message.key.uid == facts.uid;
    });
    if (known == stored.end()) continue;
    if (facts.rfc822_size.value_or(0) != known->rfc822_size) {
      return {SampleVerdict::Kind::kOther, "its messages are others", {}};
    }
    if (std::max<std::int64_t>(facts.internal_date.value_or(0), 0) == known->internal_date) {
      ++agree;
    } else {
      other_date.push_back(&*known);
    }
  }
  if (!other_date.empty()) {
    return {SampleVerdict::Kind::kCompareBytes, "", cheapest(std::move(other_date))};
  }
  if (agree == 0) return {SampleVerdict::Kind::kOther, "none of its messages is there", {}};
  return {};
}

}  // namespace imapkeep
