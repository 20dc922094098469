// Lanes as strands over a small pool of threads for each LaneKind. A thread takes a lane, runs one
// job of it and puts it back behind the others, so that a lane is in order and no lane starves
// another. `done` travels to the loop by EventLoop::post, before the lane's next job begins.
#pragma once

#include <array>
#include <memory>
#include <optional>

#include "daemon/base/clock.h"
#include "daemon/base/workers.h"
#include "daemon/io/event_loop.h"

namespace imapkeep {

class ThreadWorkers final : public Workers {
 public:
  /// All threads start here: a machine without room for them says so at once, not in a pass.
  explicit ThreadWorkers(EventLoop& loop);
  /// Runs what is queued to its end and joins the threads. Lanes must be gone before.
  ~ThreadWorkers() override;
  ThreadWorkers(const ThreadWorkers&) = delete;
  ThreadWorkers& operator=(const ThreadWorkers&) = delete;

  std::unique_ptr<Lane> lane(LaneKind kind) override;

  /// For how long the oldest job that runs now has been at work, a suspend of the machine not
  /// counted; nothing when none runs. A file server that hangs shows here first.
  [[nodiscard]] std::optional<Duration> oldest_at_work(LaneKind kind) const;

 private:
  class Pool;
  class Strand;
  std::array<std::shared_ptr<Pool>, 3> pools_;  // by LaneKind
};

}  // namespace imapkeep
