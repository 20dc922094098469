// Strands over a small pool of threads for each PoolKind. A thread takes a strand, runs
// one job of it and puts it back behind the others, so that a strand is in order and no strand
// starves another. `done` travels to the loop by EventLoop::post, before the strand's next job
// begins.
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
  /// The threads start here: a machine without room for them says so at once, not in a pass. Of
  /// kCommands only the first; others start when several commands are wanted at once.
  /// `hangs`: a job at work for so long counts as hanging, see relieve().
  explicit ThreadWorkers(EventLoop& loop, Duration hangs = std::chrono::seconds(5));
  /// Runs what is queued to its end and joins the threads. Strands must be gone before.
  ~ThreadWorkers() override;
  ThreadWorkers(const ThreadWorkers&) = delete;
  ThreadWorkers& operator=(const ThreadWorkers&) = delete;

  std::unique_ptr<Strand> strand(PoolKind kind) override;

  /// Starts another thread of a kind whose threads have all been at one job for long while other
  /// strands wait, so that one dead file server does not stop every mailbox. Also done whenever a
  /// job is added; to be called now and then for those that wait already.
  void relieve();

  /// For how long the oldest job that runs now has been at work, a suspend of the machine not
  /// counted; nothing when none runs. A file server that hangs shows here first.
  [[nodiscard]] std::optional<Duration> oldest_at_work(PoolKind kind) const;

 private:
  struct Job;
  struct Queue;
  class Pool;
  class OrderedJobs;
  std::array<std::shared_ptr<Pool>, kPoolKinds.size()> pools_;  // by PoolKind
};

}  // namespace imapkeep
