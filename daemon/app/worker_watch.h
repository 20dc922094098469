// Names workers that hang. A job that has been at work for five minutes is told as a warning, and
// again each time that has doubled; when it ends after all, that is told, too. It does nothing
// else: a thread in a system call that does not return cannot be stopped, and a restart would only
// hang again (see watchdog.h).
#pragma once

#include <array>
#include <functional>
#include <optional>

#include "daemon/base/log.h"
#include "daemon/base/timers.h"
#include "daemon/base/workers.h"

namespace imapkeep {

class WorkerWatch {
 public:
  /// For how long the oldest running job of the kind has been at work; nothing: none runs.
  using OldestAtWork = std::function<std::optional<Duration>(PoolKind)>;

  WorkerWatch(OldestAtWork oldest, Timers& timers, Log log);

 private:
  void wait();
  void look(PoolKind kind);

  OldestAtWork oldest_;
  Timers& timers_;
  Log log_;
  /// By PoolKind: how long it was when last told.
  std::array<std::optional<Duration>, kPoolKinds.size()> told_;
  Operation tick_;
};

}  // namespace imapkeep
