// What a pair of readings of the machine's clocks says happened between them. CLOCK_BOOTTIME counts
// a suspend and CLOCK_MONOTONIC does not: when their difference grew, the machine slept. The wall
// clock minus CLOCK_BOOTTIME stays the same, through a suspend and through NTP's slewing, until
// somebody sets the clock.
#pragma once

#include "daemon/base/clock.h"

namespace imapkeep {

struct ClockReading {
  Duration monotonic{};  ///< CLOCK_MONOTONIC
  Duration boottime{};   ///< CLOCK_BOOTTIME
  Duration wall{};       ///< CLOCK_REALTIME, since 1970
};

/// The machine's clocks, now.
ClockReading read_clocks();

class ClockJumps {
 public:
  explicit ClockJumps(const ClockReading& first);

  struct Seen {
    bool resumed = false;    ///< slept for more than two seconds
    bool clock_set = false;  ///< the wall clock is more than a second from where it was, either way
  };
  /// Since the last time that it was told: small jumps add up until they are worth telling.
  Seen look(const ClockReading& now);

 private:
  Duration slept_;
  Duration wall_start_;  ///< what the wall clock showed at boot, by its own present opinion
};

}  // namespace imapkeep
