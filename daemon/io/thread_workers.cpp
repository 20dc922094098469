#include "daemon/io/thread_workers.h"

#include <csignal>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <list>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace imapkeep {
namespace {

/// How many threads a kind of work has from the start, and how many it may get when strands wait.
struct PoolSize {
  std::size_t at_start;
  std::size_t usual;
};

PoolSize size_of(PoolKind kind) {
  switch (kind) {
    case PoolKind::kResolver:
      return {2, 2};  // getaddrinfo may hang for half a minute
    case PoolKind::kStore:
      return {4, 4};  // fsyncs of several mailboxes overlap in the disk
    case PoolKind::kLedger:
      return {1, 1};  // SQLite has one writer anyway
    case PoolKind::kCommands:
      break;  // most accounts have a password file, which is read in no time
  }
  return {1, 4};
}

constexpr std::size_t kMostThreads = 64;  // of a kind; beyond that, everything hangs

using Steady = std::chrono::steady_clock;  // a job that slept with the machine has not hung

/// Threads inherit the mask: signals are for the loop's thread.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace

struct ThreadWorkers::Job {
  std::function<void()> work;
  std::function<void()> finished;  // to be posted; empty when nobody waits
};

struct ThreadWorkers::Queue {
  std::list<Job> jobs;     // nothing of it in memory while it is empty, as most are
  bool scheduled = false;  // waiting for a thread, or with one
};

class ThreadWorkers::Pool {
 public:
  Pool(EventLoop& loop, PoolSize size, Duration hangs)
      : loop_(loop), hangs_(hangs), usual_(size.usual) {
    const SignalsBlocked blocked;
    try {
      begun_.resize(size.at_start);
      for (std::size_t i = 0; i < size.at_start; ++i) {
        threads_.emplace_back([this, i] { serve(i); });
      }
    } catch (...) {
      join();  // destroying a thread that still runs would end the process without a word
      throw;
    }
  }
  ~Pool() { join(); }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  void submit(const std::shared_ptr<Queue>& queue, Job job) {
    const std::lock_guard lock(mutex_);
    queue->jobs.push_back(std::move(job));
    if (queue->scheduled) return;
    queue->scheduled = true;
    ready_.push_back(queue);
    wake_.notify_one();
    add_thread_if_needed();
  }

  void relieve() {
    const std::lock_guard lock(mutex_);
    add_thread_if_needed();
  }

  std::optional<Duration> oldest_at_work() const {
    const Steady::time_point now = Steady::now();
    std::optional<Duration> oldest;
    const std::lock_guard lock(mutex_);
    for (const auto& begun : begun_) {
      if (!begun) continue;
      const Duration age = std::max(Duration::zero(), Duration(now - *begun));
      oldest = std::max(oldest.value_or(age), age);
    }
    return oldest;
  }

  void join() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
  }

 private:
  /// More strands wait than threads do, and the usual number is not reached; or every thread has
  /// been at its job for long.
  [[nodiscard]] bool needs_thread() const {
    if (stopping_ || ready_.empty() || threads_.size() >= kMostThreads) return false;
    const auto idle = std::count(begun_.begin(), begun_.end(), std::nullopt);
    if (threads_.size() < usual_) return static_cast<std::size_t>(idle) < ready_.size();
    const Steady::time_point now = Steady::now();
    return std::all_of(begun_.begin(), begun_.end(),
                       [&](const auto& begun) { return begun && now - *begun >= hangs_; });
  }

  void add_thread_if_needed() {
    if (!needs_thread()) return;
    const SignalsBlocked blocked;
    const std::size_t thread = threads_.size();
    begun_.emplace_back();
    try {
      threads_.emplace_back([this, thread] { serve(thread); });
    } catch (const std::system_error&) {
      begun_.pop_back();  // no room for another: as before
    }
  }

  void serve(std::size_t thread) {
    std::unique_lock lock(mutex_);
    for (;;) {
      wake_.wait(lock, [this] { return stopping_ || !ready_.empty(); });
      if (ready_.empty()) return;  // a strand still at work is put back by its thread, for itself
      const std::shared_ptr<Queue> queue = std::move(ready_.front());
      ready_.pop_front();
      Job job = std::move(queue->jobs.front());
      queue->jobs.pop_front();
      begun_[thread] = Steady::now();
      lock.unlock();
      job.work();
      job.work = nullptr;  // what the work owns dies on this thread; `finished` on the loop
      if (job.finished) loop_.post(std::move(job.finished));
      lock.lock();
      begun_[thread].reset();
      if (queue->jobs.empty()) {
        queue->scheduled = false;
      } else {
        ready_.push_back(queue);
      }
    }
  }

  EventLoop& loop_;
  Duration hangs_;
  std::size_t usual_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::shared_ptr<Queue>> ready_;
  std::vector<std::thread> threads_;
  std::vector<std::optional<Steady::time_point>> begun_;  // by thread; nothing: it waits for a job
  bool stopping_ = false;
};

class ThreadWorkers::OrderedJobs final : public Strand {
 public:
  explicit OrderedJobs(std::shared_ptr<Pool> pool)
      : pool_(std::move(pool)),
        queue_(std::make_shared<Queue>()),
        open_(std::make_shared<bool>(true)) {}
  ~OrderedJobs() override { *open_ = false; }
  OrderedJobs(const OrderedJobs&) = delete;
  OrderedJobs& operator=(const OrderedJobs&) = delete;

  Operation run(std::function<void()> work, std::function<void()> done) override {
    Pending<Done> pending([done = std::move(done)](Result<Done>) { done(); });
    Operation operation = pending.operation();
    pool_->submit(queue_, Job{std::move(work), [pending = std::move(pending), open = open_] {
                                if (*open) pending.complete(Done{});
                              }});
    return operation;
  }

  void post(std::function<void()> work) override {
    pool_->submit(queue_, Job{std::move(work), nullptr});
  }

 private:
  std::shared_ptr<Pool> pool_;
  std::shared_ptr<Queue> queue_;
  std::shared_ptr<bool> open_;  // read and written on the loop only
};

ThreadWorkers::ThreadWorkers(EventLoop& loop, Duration hangs) {
  for (const PoolKind kind : kPoolKinds) {
    pools_[static_cast<std::size_t>(kind)] = std::make_shared<Pool>(loop, size_of(kind), hangs);
  }
}

ThreadWorkers::~ThreadWorkers() {
  for (const auto& pool : pools_) pool->join();
}

void ThreadWorkers::relieve() {
  for (const auto& pool : pools_) pool->relieve();
}

std::optional<Duration> ThreadWorkers::oldest_at_work(PoolKind kind) const {
  return pools_[static_cast<std::size_t>(kind)]->oldest_at_work();
}

std::unique_ptr<Strand> ThreadWorkers::strand(PoolKind kind) {
  return std::make_unique<OrderedJobs>(pools_[static_cast<std::size_t>(kind)]);
}

}  // namespace imapkeep
