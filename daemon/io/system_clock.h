// The clocks of the machine. Monotonic time is CLOCK_BOOTTIME: a laptop that slept for an hour is
// an hour nearer to its deadlines, and a connection that was idle through the sleep is as stale as
// it looks. (libuv's own timers stand still during sleep; see uv_timers.h.)
#pragma once

#include "daemon/base/clock.h"

namespace imapkeep {

class SystemClock final : public Clock {
 public:
  MonoTime mono_now() const override { return boot_now(); }
  WallTime wall_now() const override;

  static MonoTime boot_now();
};

}  // namespace imapkeep
