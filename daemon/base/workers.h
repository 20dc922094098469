// Port: blocking work off the loop. A Strand runs its jobs in order, one at a time; strands of
// different kinds never wait for each other, so that the resolver does not wait for an fsync,
// SQLite for neither, and nobody for an operator's command that hangs. `work` runs on a thread and
// must own what it touches; `done` runs on the loop.
#pragma once

#include <array>
#include <functional>
#include <memory>

#include "daemon/base/operation.h"

namespace imapkeep {

enum class PoolKind {
  kResolver,  ///< names of hosts
  kStore,     ///< mail
  kLedger,    ///< the ledger
  kCommands,  ///< programs of the operator's, and the secrets and tokens that may come from one
};
inline constexpr std::array kPoolKinds{PoolKind::kResolver, PoolKind::kStore, PoolKind::kLedger,
                                       PoolKind::kCommands};

class Strand {
 public:
  /// Work already queued still runs; its `done` handlers are silent.
  virtual ~Strand() = default;
  /// Destroying the Operation silences `done`; the work is done all the same.
  [[nodiscard]] virtual Operation run(std::function<void()> work, std::function<void()> done) = 0;
  /// Work whose end nobody waits for.
  virtual void post(std::function<void()> work) = 0;
};

class Workers {
 public:
  virtual ~Workers() = default;
  virtual std::unique_ptr<Strand> strand(PoolKind kind) = 0;
};

/// Runs `work` on the strand and hands its Result to `done` on the loop.
template <class T>
[[nodiscard]] Operation run_for_result(Strand& strand, std::function<Result<T>()> work,
                                       Completion<T> done) {
  auto slot = std::make_shared<std::optional<Result<T>>>();
  return strand.run([slot, work = std::move(work)] { slot->emplace(work()); },
                    [slot, done = std::move(done)] { done(std::move(**slot)); });
}

}  // namespace imapkeep
