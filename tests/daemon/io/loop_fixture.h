// A real loop that runs until something has happened, or fails the test after a while.
#pragma once

#include <uv.h>

#include <catch2/catch.hpp>
#include <functional>

#include "daemon/io/event_loop.h"
#include "daemon/io/uv_timers.h"

namespace imapkeep {

struct LoopFixture {
  EventLoop loop;
  UvTimers timers{loop};

  void run_until(const std::function<bool()>& happened, Duration limit = std::chrono::seconds(60)) {
    bool late = false;
    const Operation watchdog = timers.after(limit, [&] { late = true; });
    while (!happened() && !late) uv_run(loop.raw(), UV_RUN_ONCE);
    REQUIRE_FALSE(late);
  }
  /// Lets everything that is due happen; for checks that something does not.
  void run_for(Duration span) {
    bool over = false;
    const Operation end = timers.after(span, [&] { over = true; });
    while (!over) uv_run(loop.raw(), UV_RUN_ONCE);
  }
};

}  // namespace imapkeep
