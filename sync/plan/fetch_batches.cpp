#include "sync/plan/fetch_batches.h"

#include <algorithm>
#include <limits>

namespace imapkeep {
namespace {

std::size_t digits(Uid uid) {
  std::size_t count = 1;
  for (std::uint32_t rest = uid.value; rest >= 10; rest /= 10) ++count;
  return count;
}

std::uint64_t saturating_add(std::uint64_t a, std::uint64_t b) {
  const auto most = std::numeric_limits<std::uint64_t>::max();
  return a > most - b ? most : a + b;
}

/// A batch under way. UIDs come in descending, so only the lowest range can grow, and the length of
/// the set as text is kept instead of being made again for every UID.
class Filling {
 public:
  explicit Filling(const FetchLimits& limits) : limits_(limits) {}

  [[nodiscard]] bool empty() const { return uids_.empty(); }
  [[nodiscard]] bool takes(const WantedMessage& message) const {
    return uids_.empty() || (uids_.size() < limits_.messages &&
                             saturating_add(bytes_, message.size_hint) <= limits_.bytes &&
                             length_with(message.uid) <= limits_.set_bytes);
  }
  void take(const WantedMessage& message) {
    const std::size_t length = length_with(message.uid);
    if (!continues(message.uid)) {
      settled_ = uids_.empty() ? 0 : length_ + 1;
      highest_ = message.uid;
    }
    length_ = length;
    bytes_ = saturating_add(bytes_, message.size_hint);
    uids_.push_back(message.uid);
  }
  FetchBatch finish() {
    FetchBatch batch;
    for (auto uid = uids_.rbegin(); uid != uids_.rend(); ++uid) batch.uids.add(*uid);
    batch.bytes = bytes_;
    *this = Filling(limits_);
    return batch;
  }

 private:
  [[nodiscard]] bool continues(Uid uid) const {
    return !uids_.empty() && uids_.back().value == uid.value + 1;
  }
  [[nodiscard]] std::size_t length_with(Uid uid) const {
    if (continues(uid)) return settled_ + digits(uid) + 1 + digits(highest_);  // uid:highest
    return (uids_.empty() ? 0 : length_ + 1) + digits(uid);
  }

  FetchLimits limits_;
  std::vector<Uid> uids_;    // descending
  std::uint64_t bytes_ = 0;  // announced
  Uid highest_;              // of the lowest range
  std::size_t settled_ = 0;  // text of the ranges above it, with their comma
  std::size_t length_ = 0;   // text of all
};

}  // namespace

std::vector<FetchBatch> fetch_batches(std::vector<WantedMessage> wanted,
                                      const FetchLimits& limits) {
  std::sort(wanted.begin(), wanted.end(),
            [](const WantedMessage& a, const WantedMessage& b) { return a.uid > b.uid; });
  const auto same = [](const WantedMessage& a, const WantedMessage& b) { return a.uid == b.uid; };
  wanted.erase(std::unique(wanted.begin(), wanted.end(), same), wanted.end());

  std::vector<FetchBatch> batches;
  Filling filling(limits);
  for (const WantedMessage& message : wanted) {
    if (!filling.takes(message)) batches.push_back(filling.finish());
    filling.take(message);
  }
  if (!filling.empty()) batches.push_back(filling.finish());
  return batches;
}

}  // namespace imapkeep
