// An event when the wall clock jumps or the machine wakes up. The kernel cancels timers on
// CLOCK_REALTIME that asked for it (TFD_TIMER_CANCEL_ON_SET) in both cases; it does not say which,
// nor by how much: clock_jumps.h does.
#pragma once

#include <functional>
#include <memory>

#include "daemon/io/event_loop.h"

namespace imapkeep {

class ClockWatch {
 public:
  ClockWatch(EventLoop& loop, std::function<void()> jumped);
  ~ClockWatch();  ///< also from inside `jumped`
  ClockWatch(const ClockWatch&) = delete;
  ClockWatch& operator=(const ClockWatch&) = delete;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace imapkeep
