// Port: what happens to the whole machine and may have killed connections without a word: another
// network, a night's suspend. Whoever holds connections asks them at once whether they live.
// A clock that was set is told too, because dates that people read are compared with it.
#pragma once

#include <functional>

#include "daemon/base/operation.h"

namespace imapkeep {

enum class HostEvent {
  kNetworkChanged,  ///< an address or a default route came or went
  kResumed,         ///< the machine slept (CLOCK_BOOTTIME ran ahead of CLOCK_MONOTONIC)
  kClockSet,        ///< the wall clock jumped
};

class HostEvents {
 public:
  virtual ~HostEvents() = default;
  /// Every one from now on, each from the loop, until the Operation is destroyed. Several listen.
  [[nodiscard]] virtual Operation watch(std::function<void(HostEvent)> handler) = 0;
};

}  // namespace imapkeep
