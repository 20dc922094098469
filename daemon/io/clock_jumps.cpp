#include "daemon/io/clock_jumps.h"

#include <ctime>

namespace imapkeep {
namespace {

// Reading three clocks takes microseconds, and much longer when the thread loses its processor
// between two of them; a laptop's sleep is longer than either.
constexpr Duration kShortestSleep = std::chrono::seconds(2);
// Leap seconds and the first small step of a time daemon are nobody's news.
constexpr Duration kSmallestStep = std::chrono::seconds(1);

Duration read(clockid_t id) {
  timespec now{};
  clock_gettime(id, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

}  // namespace

ClockReading read_clocks() {
  return {read(CLOCK_MONOTONIC), read(CLOCK_BOOTTIME), read(CLOCK_REALTIME)};
}

ClockJumps::ClockJumps(const ClockReading& first)
    : slept_(first.boottime - first.monotonic), wall_start_(first.wall - first.boottime) {}

ClockJumps::Seen ClockJumps::look(const ClockReading& now) {
  Seen seen;
  const Duration slept = now.boottime - now.monotonic;
  if (slept - slept_ > kShortestSleep) {
    seen.resumed = true;
    slept_ = slept;
  }
  const Duration wall_start = now.wall - now.boottime;
  if (std::chrono::abs(wall_start - wall_start_) > kSmallestStep) {
    seen.clock_set = true;
    wall_start_ = wall_start;
  }
  return seen;
}

}  // namespace imapkeep
