#include "daemon/app/watchdog.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "daemon/app/worker_watch.h"
#include "tests/support/log_probe.h"
#include "tests/support/sim_world.h"

using namespace imapkeep;
using namespace std::chrono_literals;

namespace {

class CountingManager final : public ServiceManager {
 public:
  explicit CountingManager(const SimWorld& time_, std::optional<Duration> interval_)
      : time(time_), interval(interval_), fed_at(time_.mono_now()) {}
  void ready(std::string_view) override {}
  void status(std::string_view) override {}
  void reloading() override {}
  void stopping(std::string_view) override {}
  [[nodiscard]] std::optional<Duration> watchdog_interval() const override { return interval; }
  void feed() override {
    ++feeds;
    longest_gap = std::max(longest_gap, time.mono_now() - fed_at);
    fed_at = time.mono_now();
  }
  void trigger(std::string_view) override {}

  const SimWorld& time;
  std::optional<Duration> interval;
  MonoTime fed_at;
  Duration longest_gap{};
  int feeds = 0;
};

/// Timers of a loop that does other things before it looks at them.
class SlowTimers final : public Timers {
 public:
  explicit SlowTimers(SimWorld& time) : time_(time) {}
  Operation after(Duration delay, std::function<void()> handler) override {
    return time_.after(delay + lateness, std::move(handler));
  }
  Duration lateness{};

 private:
  SimWorld& time_;
};

struct World {
  SimWorld time;
  SlowTimers timers{time};
  LogProbe probe;
  CountingManager manager{time, 30s};
  Watchdog watchdog{manager, timers, time, probe.log()};
};

}  // namespace

TEST_CASE("a healthy loop feeds the watchdog at half its interval") {
  World world;
  world.time.advance(10min);
  CHECK(world.manager.longest_gap == 15s);
  CHECK(world.manager.feeds == 40);
  CHECK(world.probe.lines.empty());
}

TEST_CASE("a loop that is a little late still does") {
  World world;
  world.timers.lateness = 2s;
  world.time.advance(10min);
  CHECK(world.manager.longest_gap < 20s);
  CHECK(world.probe.lines.empty());
}

TEST_CASE("a loop whose every round is late is not vouched for") {
  World world;
  world.time.advance(1min);
  world.timers.lateness = 6s;
  const int before = world.manager.feeds;
  world.time.advance(10min);
  CHECK(world.manager.feeds <= before + 1);  // the tick that was on its way
  CHECK(world.probe.contains("the event loop was late, or the machine slept by_ms=6000"));
}

TEST_CASE("one late tick, or a night's sleep, ends nobody") {
  for (const Duration once : {Duration(6s), Duration(8h)}) {
    for (int tick = 1; tick <= 6; ++tick) {  // wherever it strikes between two meals
      World world;
      world.time.advance(tick * 5s - 1s);
      world.timers.lateness = once;
      world.time.advance(1s);
      world.timers.lateness = 0s;
      const int before = world.manager.feeds;
      world.time.advance(once + 5s);
      const MonoTime late_at = world.time.mono_now();
      world.time.advance(5s);
      CHECK(world.manager.feeds == before + 1);
      CHECK(world.manager.fed_at <= late_at + 5s);
      // systemd counts what the machine was awake: all but the sleep.
      CHECK(world.manager.longest_gap - once < 30s);
    }
  }
}

TEST_CASE("nobody is fed who does not ask for it") {
  for (const auto interval : {std::optional<Duration>(), std::optional<Duration>(0s)}) {
    SimWorld time;
    LogProbe probe;
    CountingManager manager(time, interval);
    const Watchdog watchdog(manager, time, time, probe.log());
    time.advance(1h);
    CHECK(manager.feeds == 0);
    CHECK(time.timers_left() == 0);
  }
}

TEST_CASE("the rule: when to feed, when not") {
  const MonoTime start;
  WatchdogRule rule(60s);
  CHECK(rule.tick() == 10s);
  CHECK(rule.feeds(start, start + 5s));               // the first, as late as may be
  CHECK_FALSE(rule.feeds(start + 20s, start + 20s));  // fed lately
  CHECK_FALSE(rule.feeds(start + 40s, start + 46s));  // late
  CHECK(rule.feeds(start + 50s, start + 50s));
  CHECK(rule.feeds(start + 75s, start + 75s));  // rather half a tick early
}

TEST_CASE("a worker that hangs is named at five minutes, at each doubling, and when it goes on") {
  SimWorld time;
  LogProbe probe;
  std::optional<MonoTime> began;
  const WorkerWatch watch(
      [&](PoolKind kind) -> std::optional<Duration> {
        if (kind != PoolKind::kStore || !began) return std::nullopt;
        return time.mono_now() - *began;
      },
      time, probe.log());
  time.advance(1h);
  CHECK(probe.lines.empty());
  began = time.mono_now();
  time.advance(4min);
  CHECK(probe.lines.empty());
  time.advance(41min);
  REQUIRE(probe.lines.size() == 4);  // 5, 10, 20, 40
  CHECK(probe.count(LogLevel::kWarning) == 4);
  CHECK(probe.lines[0].text ==
        "a worker hangs work=\"reading or writing mail; is its disk or file server alive?\" "
        "seconds=300");
  CHECK(probe.lines[3].text.ends_with("seconds=2400"));
  began.reset();
  time.advance(1min);
  REQUIRE(probe.lines.size() == 5);
  CHECK(probe.lines[4].text.starts_with("a worker that hung goes on"));
  time.advance(1h);
  CHECK(probe.lines.size() == 5);
  // The next one begins anew, also when it takes the place of the last between two looks.
  began = time.mono_now() - 6min;
  time.advance(1min);
  began = time.mono_now();
  time.advance(1min);
  CHECK(probe.lines.size() == 7);
}
