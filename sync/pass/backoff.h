// When to try again: full jitter between half and the whole of first × 2^n, never above the most.
// Pure: attempt and chance in, delay out.
#pragma once

#include <algorithm>
#include <cstdint>

#include "daemon/base/clock.h"

namespace imapkeep {

struct Backoff {
  Duration first = std::chrono::seconds(1);
  Duration most = std::chrono::minutes(5);

  /// `attempt` counts from 0; `chance` is any random number.
  [[nodiscard]] Duration delay(unsigned attempt, std::uint64_t chance) const {
    Duration whole = first;
    for (unsigned i = 0; i < attempt && whole < most; ++i) whole *= 2;
    whole = std::min(whole, most);
    const auto half = whole.count() / 2;
    return Duration(half +
                    static_cast<std::int64_t>(chance % (static_cast<std::uint64_t>(half) + 1)));
  }
};

}  // namespace imapkeep
