// How long an IDLE may last before it is renewed, learned per connection: a connection that was
// found dead at its renewal was left alone for too long, so the next is renewed sooner, and many
// good ones bring the old length back. Pure.
#pragma once

#include <algorithm>
#include <cstdint>

#include "daemon/base/clock.h"

namespace imapkeep {

class IdleRhythm {
 public:
  static constexpr Duration kShortest = std::chrono::minutes(4);
  static constexpr int kGoodOnes = 12;  ///< renewals in a row before it is lengthened

  explicit IdleRhythm(Duration longest) : longest_(longest), length_(longest) {}

  /// The length, spread by a tenth, so that a thousand accounts do not renew in step.
  [[nodiscard]] Duration next(std::uint64_t chance) const {
    const std::int64_t tenth = length_.count() / 10;
    return length_ -
           Duration(static_cast<std::int64_t>(chance % static_cast<std::uint64_t>(tenth)));
  }
  void renewed() {
    if (++good_ < kGoodOnes) return;
    good_ = 0;
    length_ = std::min(longest_, length_ * 2);
  }
  void found_dead() {
    good_ = 0;
    length_ = std::min(longest_, std::max(kShortest, length_ / 2));
  }

 private:
  Duration longest_;
  Duration length_;
  int good_ = 0;
};

}  // namespace imapkeep
