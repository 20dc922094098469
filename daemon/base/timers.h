// Port: call me after a while. Destroying the Operation cancels (see operation.h).
#pragma once

#include <functional>
#include <utility>

#include "daemon/base/clock.h"
#include "daemon/base/operation.h"

namespace imapkeep {

class Timers {
 public:
  virtual ~Timers() = default;
  /// From the loop, also when the delay is zero: never from inside this call.
  [[nodiscard]] virtual Operation after(Duration delay, std::function<void()> handler) = 0;
  /// As soon as what is on the stack has returned to the loop.
  [[nodiscard]] Operation soon(std::function<void()> handler) {
    return after(Duration(0), std::move(handler));
  }
};

}  // namespace imapkeep
