// When all folders are looked at again, whatever the watched ones say. Pure: it is told when passes
// begin and end, and says when the next one is due.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "daemon/base/clock.h"

namespace imapkeep {

class SweepTimes {
 public:
  /// A tenth more or less, so that a thousand accounts do not look at the same moment.
  static constexpr Duration kRegular = std::chrono::minutes(5);
  /// A removal is half of a move; its other half may still be on the way.
  static constexpr Duration kAfterRemoval = std::chrono::seconds(2);
  /// Where mail is removed all day long, not every time.
  static constexpr Duration kBetween = std::chrono::seconds(10);

  [[nodiscard]] static Duration regular(std::uint64_t chance) {
    const auto fifth = static_cast<std::uint64_t>(kRegular.count() / 5);
    return kRegular - kRegular / 10 + Duration(static_cast<std::int64_t>(chance % fifth));
  }

  /// A sweep is wanted after `delay`: when it is to be. Nothing: an earlier one is due.
  [[nodiscard]] std::optional<Duration> in(Duration delay, MonoTime now) {
    delay = std::max(delay, pass_ended_at_ + kBetween - now);
    if (due_at_ > now && due_at_ <= now + delay) return std::nullopt;
    due_at_ = now + delay;
    return delay;
  }
  void pass_begins() { due_at_ = MonoTime{}; }
  void pass_ended(MonoTime now) { pass_ended_at_ = now; }

 private:
  MonoTime due_at_;
  MonoTime pass_ended_at_;
};

}  // namespace imapkeep
