// Port: blocking work off the loop. A Lane runs its jobs in order, one at a time; lanes of
// different kinds never wait for each other, so that the resolver does not wait for an fsync nor
// SQLite for either. `work` runs on a thread and must own what it touches; `done` runs on the loop.
#pragma once

#include <functional>
#include <memory>

#include "daemon/base/operation.h"

namespace imapkeep {

enum class LaneKind { kResolver, kStore, kLedger };

class Lane {
 public:
  /// Work already queued still runs; its `done` handlers are silent.
  virtual ~Lane() = default;
  /// Destroying the Operation silences `done`; the work is done all the same.
  [[nodiscard]] virtual Operation run(std::function<void()> work, std::function<void()> done) = 0;
  /// Work whose end nobody waits for.
  virtual void post(std::function<void()> work) = 0;
};

class Workers {
 public:
  virtual ~Workers() = default;
  virtual std::unique_ptr<Lane> lane(LaneKind kind) = 0;
};

/// Runs `work` on the lane and hands its Result to `done` on the loop.
template <class T>
[[nodiscard]] Operation run_for_result(Lane& lane, std::function<Result<T>()> work,
                                       Completion<T> done) {
  auto slot = std::make_shared<std::optional<Result<T>>>();
  return lane.run([slot, work = std::move(work)] { slot->emplace(work()); },
                  [slot, done = std::move(done)] { done(std::move(**slot)); });
}

}  // namespace imapkeep
