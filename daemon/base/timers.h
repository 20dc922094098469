// Port: call me after a while. Destroying the Operation cancels (see operation.h).
#pragma once

#include <functional>

#include "daemon/base/clock.h"
#include "daemon/base/operation.h"

namespace imapkeep {

class Timers {
 public:
  virtual ~Timers() = default;
  /// A delay of zero means "soon, from the loop, not from inside this call".
  [[nodiscard]] virtual Operation after(Duration delay, std::function<void()> handler) = 0;
};

}  // namespace imapkeep
