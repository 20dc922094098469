// Proves to the service manager that the event loop turns: everything that this daemon promises is
// started from there. A tick is asked for six times in the watchdog's interval. One that comes more
// than five seconds late is no proof, and is not told; so a daemon that was suspended with the
// machine, or halted for a moment, is well again with its next punctual tick, while a loop whose
// every round takes that long is ended and started again.
//
// Only the loop counts. A worker that hangs in a dead disk or file server cannot be helped by a
// restart: the new process would hang in the same call, and the accounts on other disks would have
// been cut off with it. Such a worker is named in the log instead (worker_watch.h).
#pragma once

#include <optional>

#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/base/service_manager.h"
#include "daemon/base/timers.h"

namespace imapkeep {

/// The decision alone.
class WatchdogRule {
 public:
  explicit WatchdogRule(Duration interval) : interval_(interval) {}

  [[nodiscard]] Duration tick() const { return interval_ / 6; }
  /// A tick that was due then has come now: is the watchdog to be fed?
  bool feeds(MonoTime due, MonoTime now);
  /// Did this tick come too late to prove anything?
  [[nodiscard]] static bool late(MonoTime due, MonoTime now);

 private:
  Duration interval_;
  std::optional<MonoTime> fed_;
};

class Watchdog {
 public:
  /// Does nothing when the service manager does not ask for it.
  Watchdog(ServiceManager& manager, Timers& timers, const Clock& clock, Log log);

 private:
  void wait();
  void on_tick();

  ServiceManager& manager_;
  Timers& timers_;
  const Clock& clock_;
  Log log_;
  std::optional<WatchdogRule> rule_;
  MonoTime due_;
  Operation tick_;
};

}  // namespace imapkeep
