#include "daemon/io/event_loop.h"

#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include "daemon/io/log_sink.h"
#include "daemon/io/signals.h"
#include "daemon/io/system_clock.h"
#include "daemon/io/system_random.h"
#include "tests/daemon/io/loop_fixture.h"

using namespace imapkeep;
using namespace std::chrono_literals;

TEST_CASE("functions posted by other threads run on the loop's thread, in order") {
  EventLoop loop;
  std::vector<int> seen;
  const auto here = std::this_thread::get_id();
  bool elsewhere = false;
  std::thread poster([&] {
    for (int i = 0; i < 1000; ++i) {
      loop.post([&, i] {
        seen.push_back(i);
        elsewhere = elsewhere || std::this_thread::get_id() != here;
      });
    }
    loop.stop();
  });
  loop.run();
  poster.join();
  CHECK_FALSE(elsewhere);
  REQUIRE(seen.size() == 1000);
  for (int i = 0; i < 1000; ++i) CHECK(seen[static_cast<std::size_t>(i)] == i);
}

TEST_CASE("a loop stopped before it runs returns at once, and can run again") {
  EventLoop loop;
  loop.stop();
  loop.run();
  int ran = 0;
  loop.post([&] { ++ran; });
  loop.stop();
  loop.run();
  CHECK(ran == 1);
}

TEST_CASE("defer is not inside the call, and silent once cancelled") {
  LoopFixture world;
  int ran = 0;
  Operation first = world.loop.defer([&] { ++ran; });
  Operation second = world.loop.defer([&] { ran += 100; });
  CHECK(ran == 0);
  second.cancel();
  world.run_until([&] { return ran > 0; });
  world.run_for(5ms);
  CHECK(ran == 1);
}

TEST_CASE("what was posted and never ran is destroyed with the loop") {
  auto owned = std::make_shared<int>(1);
  {
    EventLoop loop;
    loop.post([owned] {});
    CHECK(owned.use_count() == 2);
  }
  CHECK(owned.use_count() == 1);
}

TEST_CASE("timers fire in the order of their times, equals in the order of asking") {
  LoopFixture world;
  std::string order;
  std::vector<Operation> operations;
  const auto add = [&](Duration delay, char name) {
    operations.push_back(world.timers.after(delay, [&order, name] { order += name; }));
  };
  add(20ms, 'd');
  add(5ms, 'c');
  add(0ms, 'a');
  add(-5ms, 'b');
  add(Duration::max(), 'z');
  CHECK(order.empty());
  world.run_until([&] { return order.size() == 4; });
  CHECK(order == "abcd");
}

TEST_CASE("a timer is never early") {
  LoopFixture world;
  for (const Duration delay : {Duration(0ms), Duration(3ms), Duration(17ms)}) {
    const MonoTime before = SystemClock::boot_now();
    bool fired = false;
    const Operation operation = world.timers.after(delay, [&] { fired = true; });
    world.run_until([&] { return fired; });
    CHECK(SystemClock::boot_now() - before >= delay);
  }
}

TEST_CASE("timers may be made, cancelled and outlived from inside their handlers") {
  EventLoop loop;
  auto timers = std::make_unique<UvTimers>(loop);
  std::string order;
  Operation third;
  Operation fourth;
  const Operation first = timers->after(0ms, [&] {
    order += '1';
    third.cancel();
    fourth = timers->after(0ms, [&] {
      order += '4';
      timers.reset();
      loop.stop();
    });
  });
  const Operation second = timers->after(0ms, [&] { order += '2'; });
  third = timers->after(0ms, [&] { order += '3'; });
  const Operation never = timers->after(1h, [&] { order += '!'; });
  loop.run();
  CHECK(order == "124");
}

TEST_CASE("a handler that asks for time again and again does not starve the loop") {
  LoopFixture world;
  Operation again;
  int rounds = 0;
  bool posted = false;
  std::function<void()> spin = [&] {
    if (++rounds == 1) world.loop.post([&] { posted = true; });
    again = world.timers.after(0ms, spin);
  };
  spin();
  world.run_until([&] { return posted; });
  CHECK(rounds < 1000);
}

TEST_CASE("many timers cost one descriptor") {
  LoopFixture world;
  std::vector<Operation> operations;
  int fired = 0;
  for (int i = 0; i < 20'000; ++i) {
    operations.push_back(world.timers.after(std::chrono::microseconds(i % 100), [&] { ++fired; }));
  }
  for (std::size_t i = 0; i < operations.size(); i += 2) operations[i].cancel();
  world.run_until([&] { return fired == 10'000; });
}

TEST_CASE("signals arrive on the loop; their object may die in its handler") {
  LoopFixture world;
  std::vector<int> seen;
  std::unique_ptr<Signals> signals;
  signals = std::make_unique<Signals>(world.loop, std::initializer_list<int>{SIGHUP, SIGTERM},
                                      [&](int number) {
                                        seen.push_back(number);
                                        if (number == SIGTERM) signals.reset();
                                      });
  raise(SIGHUP);
  world.run_until([&] { return seen.size() == 1; });
  raise(SIGTERM);
  world.run_until([&] { return seen.size() == 2; });
  CHECK(seen == std::vector<int>{SIGHUP, SIGTERM});
}

TEST_CASE("the clocks go forward and chance differs") {
  const SystemClock clock;
  const MonoTime before = clock.mono_now();
  CHECK(clock.mono_now() >= before);
  CHECK(unix_seconds(clock.wall_now()) > 1'700'000'000);
  SystemRandom random;
  CHECK(random.next_u64() != random.next_u64());
}

namespace {

struct FixedClock final : Clock {
  MonoTime mono_now() const override { return {}; }
  WallTime wall_now() const override { return from_unix_ms(1795403655999); }
};

}  // namespace

TEST_CASE("log lines carry the time, the level and the fields") {
  const FixedClock clock;
  std::vector<std::string> lines;
  LineLogSink sink(clock, LogLevel::kInfo,
                   [&](std::string_view line) { lines.emplace_back(line); });
  const Log log(sink);
  log.debug("unseen");
  log.with({{"account", "work"}}).info("stored", {{"messages", "12"}, {"note", "a b"}});
  log.error("odd", {{"folder", "x\n\x1b[31m"}});
  CHECK_FALSE(log.wants(LogLevel::kDebug));
  REQUIRE(lines.size() == 2);
  CHECK(lines[0] == "2026-11-23T03:14:15Z info stored account=work messages=12 note=\"a b\"\n");
  CHECK(lines[1].find_first_of("\x1b") == std::string::npos);
  CHECK(lines[1].find('\n') == lines[1].size() - 1);
}
