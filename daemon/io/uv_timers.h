// All timers of the process behind one timerfd on CLOCK_BOOTTIME: a thousand idle accounts cost a
// map entry each and no wake-up, and what came due while the machine slept fires as it wakes.
#pragma once

#include <memory>

#include "daemon/base/timers.h"
#include "daemon/io/event_loop.h"

namespace imapkeep {

class UvTimers final : public Timers {
 public:
  explicit UvTimers(EventLoop& loop);
  ~UvTimers() override;  ///< pending handlers stay silent; also from inside a handler

  [[nodiscard]] Operation after(Duration delay, std::function<void()> handler) override;

 private:
  class Queue;
  std::shared_ptr<Queue> queue_;
};

}  // namespace imapkeep
