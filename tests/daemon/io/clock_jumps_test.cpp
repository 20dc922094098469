#include "daemon/io/clock_jumps.h"

#include <catch2/catch.hpp>
#include <vector>

using namespace imapkeep;
using namespace std::chrono_literals;

namespace {

/// A machine that was up for an hour, of which it slept ten minutes, at some date.
struct Since {
  Duration awake{};
  Duration asleep{};
  Duration set{};  // the wall clock moved by hand

  [[nodiscard]] ClockReading reading() const {
    return {50min + awake, 1h + awake + asleep, 1'790'000'000s + awake + asleep + set};
  }
};

}  // namespace

TEST_CASE("what two readings of the clocks mean") {
  struct Case {
    const char* what;
    std::vector<Since> then;  // told of the last
    bool resumed;
    bool set;
  };
  for (const Case& item : std::vector<Case>{
           {"nothing", {{}}, false, false},
           {"a day awake", {{24h}}, false, false},
           {"a night asleep", {{1s, 8h}}, true, false},
           {"a doze", {{1s, 2s}}, false, false},
           {"two dozes", {{1s, 1500ms}, {2s, 3s}}, true, false},
           {"a night told once", {{1s, 8h}, {2s, 8h}}, false, false},
           {"a second night", {{1s, 8h}, {2s, 16h}}, true, false},
           {"set forward", {{1s, 0s, 1h}}, false, true},
           {"set back", {{1s, 0s, -1h}}, false, true},
           {"set by a hair", {{1s, 0s, 20ms}}, false, false},
           {"a leap second", {{1s, 0s, -1s}}, false, false},
           {"steps that add up", {{1s, 0s, 600ms}, {2s, 0s, 1200ms}}, false, true},
           {"there and back again", {{1s, 0s, 900ms}, {2s, 0s, 0s}}, false, false},
           {"set, told once", {{1s, 0s, 1h}, {2s, 0s, 1h}}, false, false},
           {"set back to where it was", {{1s, 0s, 1h}, {2s, 0s, 0s}}, false, true},
           {"asleep, and set on waking", {{1s, 8h, -3s}}, true, true},
       }) {
    INFO(item.what);
    ClockJumps jumps(Since{}.reading());
    ClockJumps::Seen seen;
    for (const Since& since : item.then) seen = jumps.look(since.reading());
    CHECK(seen.resumed == item.resumed);
    CHECK(seen.clock_set == item.set);
  }
}

TEST_CASE("the machine's own clocks go on together") {
  ClockJumps jumps(read_clocks());
  const auto first = read_clocks();
  CHECK(first.boottime >= first.monotonic);
  CHECK(first.monotonic > 0s);
  CHECK(first.wall > 1'700'000'000s);
  const auto seen = jumps.look(read_clocks());
  CHECK_FALSE(seen.resumed);
  CHECK_FALSE(seen.clock_set);
}
