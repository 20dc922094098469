#include "daemon/io/thread_workers.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/daemon/io/net_fixture.h"

using namespace imapkeep;
using namespace std::chrono_literals;

namespace {

/// Holds jobs back until the test lets them go.
class Gate {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

}  // namespace

TEST_CASE("a strand keeps its order, of work and of done, and done is on the loop") {
  LoopFixture world;
  ThreadWorkers workers(world.loop);
  const auto here = std::this_thread::get_id();
  for (const PoolKind kind : kPoolKinds) {
    auto strand = workers.strand(kind);
    std::vector<int> worked;  // touched by the strand's jobs only, which never overlap
    std::vector<int> done;
    bool on_loop = true;
    std::vector<Operation> operations;
    for (int i = 0; i < 500; ++i) {
      operations.push_back(strand->run([&worked, i] { worked.push_back(i); },
                                       [&, i] {
                                         done.push_back(i);
                                         on_loop = on_loop && std::this_thread::get_id() == here;
                                       }));
    }
    world.run_until([&] { return done.size() == 500; });
    CHECK(on_loop);
    CHECK(worked == done);
    CHECK(std::is_sorted(worked.begin(), worked.end()));
  }
}

TEST_CASE("strands of one kind overlap, and kinds do not wait for each other") {
  LoopFixture world;
  ThreadWorkers workers(world.loop);
  Gate gate;
  std::vector<std::unique_ptr<Strand>> strands;
  std::atomic<int> held{0};
  for (int i = 0; i < 8; ++i) {  // more than there are store threads
    strands.push_back(workers.strand(PoolKind::kStore));
    strands.back()->post([&] {
      ++held;
      gate.wait();
    });
  }
  int done = 0;
  auto ledger = workers.strand(PoolKind::kLedger);
  auto resolver = workers.strand(PoolKind::kResolver);
  const Operation first = ledger->run([] {}, [&] { ++done; });
  const Operation second = resolver->run([] {}, [&] { ++done; });
  world.run_until([&] { return done == 2; });
  CHECK(held <= 4);
  gate.open();
  const Operation last = strands.back()->run([] {}, [&] { ++done; });
  world.run_until([&] { return done == 3; });
}

TEST_CASE("commands that hang on all their threads leave names, mail and ledger alone") {
  NetFixture world;  // its workers give a job five seconds before it counts as hanging
  Gate gate;
  std::vector<std::unique_ptr<Strand>> strands;
  std::atomic<int> hanging{0};
  for (int i = 0; i < 6; ++i) {
    strands.push_back(world.workers.strand(PoolKind::kCommands));
    strands.back()->post([&] {
      ++hanging;
      gate.wait();
    });
  }
  world.run_until([&] {
    const Operation turn = world.loop.defer([] {});
    return hanging == 4;  // all its threads; the fifth command waits
  });
  const TestServer server([](TestPeer& peer) { peer.read_all(); });
  const auto stream = world.dial({"localhost", server.port(), std::nullopt});
  CHECK(stream.has_value());
  int done = 0;
  auto store = world.workers.strand(PoolKind::kStore);
  auto ledger = world.workers.strand(PoolKind::kLedger);
  const Operation mail = store->run([] {}, [&] { ++done; });
  const Operation index = ledger->run([] {}, [&] { ++done; });
  world.run_until([&] { return done == 2; });
  CHECK(hanging == 4);
  gate.open();
  const Operation last = strands.back()->run([] {}, [&] { ++done; });
  world.run_until([&] { return done == 3; });
}

TEST_CASE("commands one after the other need one thread") {
  LoopFixture world;
  ThreadWorkers workers(world.loop);
  std::set<std::thread::id> threads;  // touched by one thread at a time
  for (int i = 0; i < 20; ++i) {
    auto strand = workers.strand(PoolKind::kCommands);
    bool done = false;
    const Operation command =
        strand->run([&] { threads.insert(std::this_thread::get_id()); }, [&] { done = true; });
    world.run_until([&] { return done; });
    // `done` is posted a moment before the thread is free again.
    world.run_until([&] {
      const Operation turn = world.loop.defer([] {});
      return !workers.oldest_at_work(PoolKind::kCommands);
    });
  }
  CHECK(threads.size() == 1);
}

TEST_CASE("a busy strand does not starve its neighbour on the only thread") {
  LoopFixture world;
  ThreadWorkers workers(world.loop);
  Gate gate;
  auto busy = workers.strand(PoolKind::kLedger);
  auto other = workers.strand(PoolKind::kLedger);
  std::string order;  // one ledger thread: never two at once
  busy->post([&] { gate.wait(); });
  for (int i = 0; i < 3; ++i) busy->post([&] { order += 'b'; });
  bool done = false;
  const Operation one = other->run([&] { order += 'o'; }, [] {});
  const Operation end = busy->run([] {}, [&] { done = true; });
  gate.open();
  world.run_until([&] { return done; });
  CHECK(order == "obbb");
}

TEST_CASE("a cancelled job is done all the same, silently") {
  LoopFixture world;
  ThreadWorkers workers(world.loop);
  auto strand = workers.strand(PoolKind::kStore);
  Gate gate;
  std::atomic<int> worked{0};
  int silent = 0;
  int heard = 0;
  strand->post([&] { gate.wait(); });
  Operation cancelled = strand->run([&] { ++worked; }, [&] { ++silent; });
  {
    const Operation dropped = strand->run([&] { ++worked; }, [&] { ++silent; });
  }
  const Operation kept = strand->run([&] { ++worked; }, [&] { ++heard; });
  cancelled = Operation();
  gate.open();
  world.run_until([&] { return heard == 1; });
  CHECK(worked == 3);
  CHECK(silent == 0);
}

TEST_CASE("a strand may die, also in its own done: work goes on, done is silent") {
  LoopFixture world;
  ThreadWorkers workers(world.loop);
  Gate gate;
  std::atomic<int> worked{0};
  int done = 0;
  std::vector<Operation> operations;
  auto strand = workers.strand(PoolKind::kStore);
  operations.push_back(strand->run([&] { ++worked; },
                                   [&] {
                                     ++done;
                                     strand.reset();
                                     gate.open();
                                   }));
  strand->post([&] { gate.wait(); });
  for (int i = 0; i < 5; ++i) {
    operations.push_back(strand->run([&] { ++worked; }, [&] { ++done; }));
  }
  world.run_until([&] { return worked == 6; });
  world.run_for(5ms);
  CHECK(done == 1);
}

TEST_CASE("the workers end only when all queued work is done") {
  LoopFixture world;
  std::atomic<int> worked{0};
  int done = 0;
  std::vector<Operation> operations;
  {
    ThreadWorkers workers(world.loop);
    for (const PoolKind kind : kPoolKinds) {
      auto strand = workers.strand(kind);
      for (int i = 0; i < 200; ++i) {
        operations.push_back(strand->run([&] { ++worked; }, [&] { ++done; }));
      }
    }
  }
  CHECK(worked == 800);
  world.run_for(5ms);
  CHECK(done == 0);
}

TEST_CASE("what work owns dies on its thread, what done owns on the loop") {
  LoopFixture world;
  ThreadWorkers workers(world.loop);
  struct Mark {
    std::thread::id* died_on;
    ~Mark() { *died_on = std::this_thread::get_id(); }
  };
  std::thread::id work_died;
  std::thread::id done_died;
  bool done = false;
  auto strand = workers.strand(PoolKind::kStore);
  {
    auto of_work = std::make_shared<Mark>(Mark{&work_died});
    auto of_done = std::make_shared<Mark>(Mark{&done_died});
    // Kept by the Operation until the end, as callers do.
    const Operation operation = strand->run([of_work = std::move(of_work)] {},
                                            [&, of_done = std::move(of_done)] { done = true; });
    world.run_until([&] { return done; });
  }
  CHECK(work_died != std::this_thread::get_id());
  CHECK(done_died == std::this_thread::get_id());
}

TEST_CASE("a result travels from the strand to the loop") {
  LoopFixture world;
  ThreadWorkers workers(world.loop);
  auto strand = workers.strand(PoolKind::kLedger);
  std::string answer;
  const Operation good = run_for_result<std::string>(
      *strand, [] { return Result<std::string>("text"); },
      [&](Result<std::string> result) { answer += *result; });
  const Operation bad = run_for_result<std::string>(
      *strand, [] { return Result<std::string>(store_error("full", 28)); },
      [&](Result<std::string> result) { answer += " " + result.error().what; });
  world.run_until([&] { return answer == "text full"; });
}

TEST_CASE("the oldest job at work is known, of each kind, until it ends") {
  LoopFixture world;
  ThreadWorkers workers(world.loop);
  Gate gate;
  std::atomic<int> begun{0};
  auto store = workers.strand(PoolKind::kStore);
  auto ledger = workers.strand(PoolKind::kLedger);
  CHECK_FALSE(workers.oldest_at_work(PoolKind::kStore));
  bool done = false;
  bool ledger_done = false;
  const Operation hangs = store->run(
      [&] {
        ++begun;
        gate.wait();
      },
      [&] { done = true; });
  const auto looking = [&](bool happened) {
    // Wakes the loop for another look: what is waited for happens on a thread that posts nothing.
    const Operation turn = world.loop.defer([] {});
    return happened;
  };
  world.run_until([&] { return looking(begun == 1); });
  const auto early = workers.oldest_at_work(PoolKind::kStore);
  // A younger job of the kind comes and goes meanwhile.
  auto other = workers.strand(PoolKind::kStore);
  bool other_done = false;
  const Operation passes = other->run([] {}, [&] { other_done = true; });
  const Operation writes = ledger->run([] {}, [&] { ledger_done = true; });
  world.run_until([&] { return other_done && ledger_done; });
  // `done` is posted a moment before the thread is free again.
  const auto free = [&](PoolKind kind) { return looking(!workers.oldest_at_work(kind)); };
  world.run_until([&] { return free(PoolKind::kLedger); });
  world.run_for(20ms);
  const auto late = workers.oldest_at_work(PoolKind::kStore);
  CHECK_FALSE(workers.oldest_at_work(PoolKind::kResolver));
  gate.open();
  world.run_until([&] { return done; });
  REQUIRE(early);
  REQUIRE(late);
  CHECK(*late - *early >= Duration(20ms));
  world.run_until([&] { return free(PoolKind::kStore); });
}

TEST_CASE("jobs that hang on every thread do not stop the strands of others for ever") {
  LoopFixture world;
  ThreadWorkers workers(world.loop, 20ms);
  Gate gate;
  std::atomic<int> hanging = 0;
  std::vector<std::unique_ptr<Strand>> strands;
  std::vector<Operation> operations;
  int ended = 0;
  for (int i = 0; i < 9; ++i) {
    strands.push_back(workers.strand(PoolKind::kStore));
    operations.push_back(strands.back()->run(
        [&] {
          ++hanging;
          gate.wait();
        },
        [&] { ++ended; }));
  }
  bool done = false;
  auto other = workers.strand(PoolKind::kStore);
  const Operation operation = other->run([] {}, [&] { done = true; });
  // Only those that have been at it for long are given up on, one thread at a time.
  std::function<void()> look = [&] {
    workers.relieve();
    if (!done) operations.push_back(world.timers.after(5ms, look));
  };
  look();
  world.run_until([&] { return done; });
  CHECK(hanging == 9);
  CHECK(ended == 0);
  gate.open();
  world.run_until([&] { return ended == 9; });
}
