// The order in which mail becomes remembered: durable, named, committed, applied; and what is kept
// of it when one of these fails.
#include "sync/pass/recorder.h"

#include <catch2/catch.hpp>

#include "tests/support/log_probe.h"
#include "tests/support/sim_world.h"
#include "tests/sync/pass/fake_ledger.h"
#include "tests/sync/pass/fake_store.h"

using namespace imapkeep;
using Asked = std::vector<std::string>;

namespace {

const Error kFull = store_error("the disk is full");

struct Bench {
  SimWorld time;
  LogProbe log;
  FakeStore store;
  FakeLedger ledger;
  Progress progress;
  Unstored unstored;
  std::unique_ptr<Recorder> recorder;
  std::vector<Operation> operations;
  int flushed = 0;
  int failed = 0;
  std::uint32_t uid = 0;

  explicit Bench(BatchLimits limits = {2, 1000, std::chrono::seconds(2)}) {
    recorder = std::make_unique<Recorder>(
        Recorder::Deps{store, ledger, time, progress, unstored, log.log()}, AccountId{1},
        JournalPosition{}, limits);
  }
  void add(std::uint64_t bytes = 10) {
    Arrival arrival;
    arrival.incoming = store.begin();
    arrival.folder_path = "INBOX";
    arrival.record.key = {FolderId{1}, UidValidity{7}, Uid{++uid}};
    recorder->add_message(std::move(arrival), bytes);
  }
  void flush(const std::vector<FolderCursor>& cursors = {}) {
    operations.push_back(
        recorder->flush(cursors, [this](Result<Done> done) { ++(done ? flushed : failed); }));
  }
  void record_one() {
    store.end_durable();
    ledger.answer_names();
    store.end_commit();
    ledger.end_apply();
  }
};

}  // namespace

TEST_CASE("recorder: nothing is committed before it is durable, nor applied before committed") {
  Bench bench;
  bench.add();
  CHECK(bench.store.asked.empty());  // it waits for more
  bench.flush({FolderCursor{}});
  CHECK(bench.store.asked == Asked{"durable 1"});
  CHECK(bench.ledger.asked.empty());
  bench.store.end_durable();
  CHECK(bench.ledger.asked == Asked{"names 1"});
  CHECK(bench.store.asked.size() == 1);
  bench.ledger.answer_names();
  CHECK(bench.store.asked.back() == "commit 1");
  CHECK(bench.ledger.asked.size() == 1);
  bench.store.end_commit();
  // The cursor is in the same transaction as the mail that it speaks of.
  CHECK(bench.ledger.asked.back() == "apply 1 records 1 cursors");
  CHECK(bench.flushed == 0);
  CHECK(bench.recorder->stored_messages() == 0);
  bench.ledger.end_apply();
  CHECK(bench.flushed == 1);
  CHECK(bench.recorder->stored_messages() == 1);
}

TEST_CASE("recorder: the ledger is not said to have read further before it has") {
  Bench bench;
  bench.add();
  bench.flush();
  bench.store.end_durable();
  bench.ledger.answer_names();
  bench.store.end_commit();
  CHECK(bench.recorder->journal_end() == JournalPosition{});
  bench.ledger.end_apply();
  CHECK(bench.recorder->journal_end() == bench.ledger.apply_ends.back());
}

TEST_CASE("recorder: a batch begins when it is big or old enough") {
  SECTION("messages") {
    Bench bench;
    bench.add();
    bench.add();
    CHECK(bench.store.asked == Asked{"durable 1 2"});
  }
  SECTION("bytes") {
    Bench bench;
    bench.add(1000);
    CHECK(bench.store.asked == Asked{"durable 1"});
  }
  SECTION("age, looked at when the next one comes") {
    Bench bench({100, 1000, std::chrono::seconds(2)});
    bench.add();
    bench.time.advance(std::chrono::seconds(2));
    CHECK(bench.store.asked.empty());
    bench.add();
    CHECK(bench.store.asked == Asked{"durable 1 2"});
  }
}

TEST_CASE("recorder: while one batch is recorded the next is made durable and a third fills") {
  Bench bench;
  int room = 0;
  bench.recorder->on_space([&] { ++room; });
  for (int i = 0; i < 4; ++i) bench.add();
  CHECK(bench.store.asked == Asked{"durable 1 2"});
  CHECK(bench.recorder->full());
  bench.store.end_durable();
  CHECK(bench.store.asked.back() == "durable 3 4");
  CHECK_FALSE(bench.recorder->full());
  CHECK(room == 1);
  bench.add();
  bench.add();
  CHECK(bench.recorder->full());  // whoever fetches waits, so that memory stays bounded
  bench.store.end_durable();
  CHECK(bench.recorder->full());
  bench.ledger.answer_names();
  bench.store.end_commit();
  bench.ledger.end_apply();
  CHECK(room == 2);
  CHECK_FALSE(bench.recorder->full());
  CHECK(bench.store.asked.back() == "durable 5 6");
}

TEST_CASE("recorder: a flush does not wait for what others add behind it") {
  Bench bench;
  bench.add();
  bench.flush();
  bench.add();
  bench.record_one();
  CHECK(bench.flushed == 1);
}

TEST_CASE("recorder: an empty flush is answered too, and never from inside its call") {
  Bench bench;
  bench.flush();
  CHECK(bench.flushed == 0);
  CHECK(bench.ledger.asked == Asked{"apply 0 records 0 cursors"});
  bench.ledger.end_apply();
  CHECK(bench.flushed == 1);
}

TEST_CASE("recorder: after a failure nothing is written, and every flush hears of it") {
  struct Row {
    const char* name;
    void (*fail)(Bench&);
  };
  const Row rows[] = {
      {"durable", [](Bench& bench) { bench.store.end_durable(kFull); }},
      {"commit",
       [](Bench& bench) {
         bench.store.end_durable();
         bench.ledger.answer_names();
         bench.store.end_commit(kFull);
       }},
      {"apply",
       [](Bench& bench) {
         bench.store.end_durable();
         bench.ledger.answer_names();
         bench.store.end_commit();
         bench.ledger.end_apply(kFull);
       }},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    Bench bench;
    int room = 0;
    bench.recorder->on_space([&] { ++room; });
    bench.add();
    bench.flush({FolderCursor{}});
    bench.add();
    bench.flush();
    row.fail(bench);
    CHECK(bench.flushed == 0);
    CHECK(bench.failed == 2);
    CHECK(room == 1);  // whoever waits for room must not wait for ever
    CHECK(bench.recorder->failure()->what == kFull.what);
    CHECK(bench.recorder->stored_messages() == 0);

    const std::size_t asked = bench.store.asked.size();
    bench.add();
    CHECK(bench.store.asked.back() == "abandon 3");
    CHECK(bench.store.asked.size() == asked + 1);
    bench.flush({FolderCursor{}});
    CHECK(bench.failed == 2);
    bench.ledger.quarantined_waits.front().complete(std::vector<QuarantinedMessage>{});
    CHECK(bench.failed == 3);
  }
}

TEST_CASE("recorder: destroyed, it abandons what it has not committed") {
  Bench bench;
  for (int i = 0; i < 3; ++i) bench.add();
  bench.recorder.reset();
  std::vector<std::string> abandoned;
  for (const std::string& one : bench.store.asked) {
    if (one.starts_with("abandon")) abandoned.push_back(one);
  }
  std::sort(abandoned.begin(), abandoned.end());
  CHECK(abandoned == Asked{"abandon 1", "abandon 2", "abandon 3"});
}

TEST_CASE("recorder: one flush may destroy it, and the others are not told any more") {
  Bench bench;
  bench.operations.push_back(
      bench.recorder->flush({}, [&](Result<Done>) { bench.recorder.reset(); }));
  bench.flush();
  bench.ledger.end_apply();
  CHECK(bench.recorder == nullptr);
  CHECK(bench.flushed == 0);
}

TEST_CASE("recorder: what it knows of a folder's files ends where somebody else was at them") {
  Bench bench;
  bench.recorder->know_token("INBOX", FolderToken{"100"});
  SECTION("only we were") {
    bench.store.token_changes = {{"INBOX", FolderToken{"100"}, FolderToken{"105"}}};
  }
  SECTION("a reader was, too") {
    bench.store.token_changes = {{"INBOX", FolderToken{"103"}, FolderToken{"105"}}};
  }
  const bool only_we = bench.store.token_changes.front().before == FolderToken{"100"};
  bench.add();
  bench.flush();
  bench.record_one();
  CHECK(bench.recorder->known_token("INBOX") == FolderToken{only_we ? "105" : ""});
  CHECK(bench.recorder->known_token("Archive").empty());
}
