// Port: what time is it. Monotonic time (deadlines, back-off) and wall time (INTERNALDATE, journal
// dates) are different types, so that a clock set back by a day can never stretch a deadline.
#pragma once

#include <chrono>
#include <cstdint>

namespace imapkeep {

using Duration = std::chrono::nanoseconds;

struct MonoClock {  // a tag: never asked for now(); the Clock port is
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<MonoClock>;
  static constexpr bool is_steady = true;
};
using MonoTime = MonoClock::time_point;
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual MonoTime mono_now() const = 0;
  virtual WallTime wall_now() const = 0;
};

inline std::int64_t unix_ms(WallTime at) { return at.time_since_epoch().count(); }
inline std::int64_t unix_seconds(WallTime at) { return unix_ms(at) / 1000; }
inline WallTime from_unix_ms(std::int64_t ms) { return WallTime(std::chrono::milliseconds(ms)); }

}  // namespace imapkeep
