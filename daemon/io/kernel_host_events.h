// The HostEvents of this machine, from the kernel itself: routing messages, and a timer that is
// cancelled when the clock jumps. A network that changes does so in bursts (an address, its routes,
// a second address), so that a quarter of a second after the first sign all is told once.
// Where a sandbox forbids the routing messages, the log says so once and network changes are never
// told; connections then find out by their own deadlines.
#pragma once

#include <functional>
#include <memory>

#include "daemon/base/host_events.h"
#include "daemon/base/log.h"
#include "daemon/base/timers.h"
#include "daemon/io/clock_jumps.h"
#include "daemon/io/event_loop.h"

namespace imapkeep {

class KernelHostEvents final : public HostEvents {
 public:
  KernelHostEvents(EventLoop& loop, Timers& timers, const Log& log,
                   std::function<ClockReading()> clocks = read_clocks);
  ~KernelHostEvents() override;  ///< also from inside a handler
  KernelHostEvents(const KernelHostEvents&) = delete;
  KernelHostEvents& operator=(const KernelHostEvents&) = delete;

  [[nodiscard]] Operation watch(std::function<void(HostEvent)> handler) override;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace imapkeep
