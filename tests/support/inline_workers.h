// Workers without threads: work runs at once, `done` waits until the test calls pump(), so that a
// handler never runs inside the call that started it (operation.h, point 4). A strand that is
// destroyed silences the handlers that still wait.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "daemon/base/workers.h"

namespace imapkeep {

class InlineWorkers final : public Workers {
 public:
  std::unique_ptr<Strand> strand(PoolKind) override {
    return std::make_unique<InlineStrand>(queue_);
  }

  /// Calls the handlers that wait, and those that come of it. How many were called.
  std::size_t pump() {
    std::size_t called = 0;
    while (!queue_->empty()) {
      const Handler next = std::move(queue_->front());
      queue_->pop_front();
      const auto done = std::exchange(*next, nullptr);
      if (!done) continue;
      ++called;
      done();
    }
    return called;
  }

 private:
  using Handler = std::shared_ptr<std::function<void()>>;  // empty: nobody waits any more
  using Queue = std::deque<Handler>;

  class InlineStrand final : public Strand {
   public:
    explicit InlineStrand(std::shared_ptr<Queue> queue) : queue_(std::move(queue)) {}
    InlineStrand(const InlineStrand&) = delete;
    InlineStrand& operator=(const InlineStrand&) = delete;
    ~InlineStrand() override {
      for (const auto& handler : mine_) {
        if (const auto waiting = handler.lock()) *waiting = nullptr;
      }
    }
    Operation run(std::function<void()> work, std::function<void()> done) override {
      work();
      auto handler = std::make_shared<std::function<void()>>(std::move(done));
      queue_->push_back(handler);
      std::erase_if(mine_, [](const auto& old) { return old.expired(); });
      mine_.push_back(handler);
      return Operation([handler] { *handler = nullptr; });
    }
    void post(std::function<void()> work) override { work(); }

   private:
    std::shared_ptr<Queue> queue_;
    std::vector<std::weak_ptr<std::function<void()>>> mine_;
  };

  std::shared_ptr<Queue> queue_ = std::make_shared<Queue>();
};

}  // namespace imapkeep
