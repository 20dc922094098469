// The Upheavals of this machine, from the kernel itself: routing messages, and a timer that is
// cancelled when the clock jumps. A network that changes does so in bursts (an address, its routes,
// a second address), so that a quarter of a second after the first sign all is told once.
// Where a sandbox forbids the routing messages, the log says so once and network changes are never
// told; connections then find out by their own deadlines.
#pragma once

#include <functional>
#include <memory>

#include "daemon/base/log.h"
#include "daemon/base/timers.h"
#include "daemon/base/upheavals.h"
#include "daemon/io/clock_jumps.h"
#include "daemon/io/event_loop.h"

namespace imapkeep {

class MachineUpheavals final : public Upheavals {
 public:
  MachineUpheavals(EventLoop& loop, Timers& timers, const Log& log,
                   std::function<ClockReading()> clocks = read_clocks);
  ~MachineUpheavals() override;  ///< also from inside a handler
  MachineUpheavals(const MachineUpheavals&) = delete;
  MachineUpheavals& operator=(const MachineUpheavals&) = delete;

  [[nodiscard]] Operation watch(std::function<void(Upheaval)> handler) override;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace imapkeep
