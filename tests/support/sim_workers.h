// Strands of the simulated world: a job runs when its turn comes in the SimWorld's queue, in order,
// and its end is told from there. A crash forgets what has not run. The store's strands can be made
// slow.
#pragma once

#include <deque>
#include <memory>
#include <utility>

#include "daemon/base/workers.h"
#include "tests/support/sim_world.h"

namespace imapkeep {

class SimWorkers final : public Workers {
 public:
  explicit SimWorkers(SimWorld& world) : world_(world), crashed_(std::make_shared<bool>(false)) {}
  std::unique_ptr<Strand> strand(PoolKind kind) override {
    return std::make_unique<SimStrand>(
        world_, crashed_, kind == PoolKind::kStore ? store_pace_ : std::make_shared<Duration>(0));
  }
  /// How long each job of the store takes from now on.
  void set_store_pace(Duration pace) { *store_pace_ = pace; }
  /// Strands made so far do nothing more.
  void crash() {
    *crashed_ = true;
    crashed_ = std::make_shared<bool>(false);
  }

 private:
  class SimStrand final : public Strand {
   public:
    SimStrand(SimWorld& world, std::shared_ptr<bool> crashed, std::shared_ptr<Duration> pace)
        : world_(world), crashed_(std::move(crashed)), pace_(std::move(pace)) {}
    ~SimStrand() override {
      while (!jobs_.empty()) run_front();
    }
    Operation run(std::function<void()> work, std::function<void()> done) override {
      Pending<Done> pending([done = std::move(done)](const Result<Done>&) { done(); });
      Operation operation = pending.operation();
      jobs_.push_back({std::move(work), pending});
      if (jobs_.size() == 1) schedule();
      return operation;
    }
    void post(std::function<void()> work) override {
      jobs_.push_back({std::move(work), Pending<Done>()});
      if (jobs_.size() == 1) schedule();
    }

   private:
    struct Job {
      std::function<void()> work;
      Pending<Done> done;
    };
    void schedule() {
      timer_ = world_.after(*pace_, [this] {
        const Pending<Done> done = run_front();
        if (!jobs_.empty()) schedule();
        done.complete(Done{});  // may destroy the strand
      });
    }
    Pending<Done> run_front() {
      Job job = std::move(jobs_.front());
      jobs_.pop_front();
      if (!*crashed_) job.work();
      return job.done;
    }
    SimWorld& world_;
    std::shared_ptr<bool> crashed_;
    std::shared_ptr<Duration> pace_;
    std::deque<Job> jobs_;
    Operation timer_;
  };

  SimWorld& world_;
  std::shared_ptr<bool> crashed_;
  std::shared_ptr<Duration> store_pace_ = std::make_shared<Duration>(0);
};

}  // namespace imapkeep
