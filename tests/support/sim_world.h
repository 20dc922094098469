// A world in which time moves only when a test says so: one queue of timers behind a virtual clock.
// Everything simulated (network, strands, deadlines) hangs on this queue, so that a run is the same
// every time and a day of back-off takes no time at all.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "daemon/base/clock.h"
#include "daemon/base/timers.h"

namespace imapkeep {

class SimWorld final : public Clock, public Timers {
 public:
  SimWorld();

  [[nodiscard]] MonoTime mono_now() const override;
  [[nodiscard]] WallTime wall_now() const override;
  [[nodiscard]] Operation after(Duration delay, std::function<void()> handler) override;

  /// Runs the earliest timer after moving the clock to it; false when there is none.
  bool step();
  /// Runs what is due now, without moving the clock.
  void run_due() { advance(Duration(0)); }
  /// Moves the clock by `by` and runs every timer on the way.
  void advance(Duration by);
  /// Until no timer is left. Throws after `most_steps`, because then something spins.
  void run_until_idle(std::uint64_t most_steps = 20'000'000);
  /// Until `done` says so; false when the queue ran dry or `at_most` passed before.
  bool run_until(const std::function<bool()>& done, Duration at_most = std::chrono::hours(24));

  [[nodiscard]] std::size_t timers_left() const;
  /// When the earliest timer runs; nothing when there is none.
  [[nodiscard]] std::optional<MonoTime> next_due() const;
  /// Somebody set the clock on the wall; deadlines must not care.
  void set_wall(WallTime at);

 private:
  using Key = std::pair<MonoTime, std::uint64_t>;
  struct Queue {
    std::map<Key, std::function<void()>> timers;
  };

  MonoTime now_;
  WallTime wall_at_start_;
  std::uint64_t made_ = 0;
  std::shared_ptr<Queue> queue_;
};

}  // namespace imapkeep
