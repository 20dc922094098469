// One batch is one commit: recorded as a whole or not at all, and durable once it is told.
#include "tests/support/store_suite_bench.h"

namespace imapkeep::store_test {
namespace {

/// How many of these the journal says are there, and whether each that is there can be read.
std::size_t whole_ones(SuiteBench& bench, const std::vector<std::string>& letters) {
  std::size_t found = 0;
  for (const MessageRecord& record : bench.journal_of<MessageRecord>()) {
    const std::string bytes = bench.read(record);
    CHECK(std::count(letters.begin(), letters.end(), bytes) == 1);
    ++found;
  }
  return found;
}

}  // namespace

std::vector<StoreCase> batch_cases() {
  return {
      {"a commit tells its records, and the journal holds just these up to its end",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         const JournalPosition before = bench.ledger.end;
         Batch batch;
         batch.messages = {bench.message(1, 1, "a"), bench.message(2, 2, "b")};
         batch.quarantines = {{{{1}, {1}, {9}}, "why", 0}};
         const auto committed = bench.writer.commit(batch);
         REQUIRE(committed);
         REQUIRE(committed->records.size() == 3);
         CHECK(committed->refused.empty());
         CHECK(bench.look().journal_end == committed->end);
         CHECK(bench.journal(before) == committed->records);
         const auto chunk = bench.journal_chunk(before);
         REQUIRE(chunk);
         CHECK(chunk->next == committed->end);
       }},
      {"an empty batch writes nothing",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         const Untouched untouched(under);
         const auto committed = bench.writer.commit({});
         REQUIRE(committed);
         CHECK(committed->records.empty());
         CHECK(committed->end == bench.ledger.end);
       }},
      {"a batch with a message that never came is not done at all",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         const MessageRecord there = bench.store(1, 1, kLetter);
         Batch batch;
         batch.messages = {bench.message(1, 2, "came"), bench.message(1, 3, "did not")};
         batch.messages[1].incoming = 4711;
         batch.flags = {{there.key, bench.ledger.place(there), flags_of("F")}};
         CHECK_FALSE(bench.writer.commit(batch));
         bench.look();
         CHECK(bench.journal_of<MessageRecord>().size() == 1);
         CHECK(bench.journal_of<FlagsRecord>().empty());
         CHECK(bench.list(bench.path(1)).size() == 1);
         CHECK(bench.read(there) == kLetter);
         CHECK(bench.store(1, 2, "came").number == 1);  // and it works as before
       }},
      {"a batch that fails at any change is recorded wholly or not at all",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         const std::vector<std::string> letters{"a", "b", "c"};
         std::uint32_t uid = 0;
         for (std::uint64_t n = 1; n < 500; ++n) {
           Batch batch;
           for (const std::string& letter : letters) {
             batch.messages.push_back(bench.message(1, ++uid, letter + std::to_string(n)));
           }
           if (!under.fail_change(n)) return;
           const auto done = bench.writer.commit_with(bench.ledger, batch);
           under.no_faults();
           if (!done) {
             const auto heard = bench.writer.open_with(bench.ledger);
             if (!heard) FAIL(heard.error().what);
           }
           std::size_t recorded = 0;
           for (const NewMessage& message : batch.messages) {
             recorded += bench.ledger.live.contains(message.record.key) ? 1U : 0U;
           }
           CHECK(recorded == (done ? letters.size() : 0));
           if (done) {
             bench.look();
             for (const auto& [key, record] : bench.ledger.live) CHECK(bench.find(record));
             return;
           }
         }
         FAIL("no batch is ever stored");
       }},
      {"what a commit has told outlives the power",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         Batch batch;
         const std::vector<std::string> letters{kLetter, kOddLetter, std::string(100'000, 'x')};
         for (std::uint32_t i = 0; i < 3; ++i) {
           batch.messages.push_back(bench.message(1, i + 1, letters[i]));
         }
         bench.commit(batch);
         const GoneRecord gone = bench.depart(bench.store(2, 1, "kept"), GoneTo::kKept);
         bench.writer.store.reset();
         if (!under.cut_power()) return;
         bench.reader = under.reader();
         CHECK(bench.look().journal_end == bench.ledger.end);
         CHECK(bench.list(bench.path(1)).size() == 3);
         const auto kept = bench.list_kept(2);
         REQUIRE(kept.size() == 1);
         CHECK(bench.read(kept.front()) == "kept");
         for (std::uint32_t i = 0; i < 3; ++i) {
           CHECK(bench.read(bench.ledger.live.at({{1}, {1}, {i + 1}})) == letters[i]);
         }
         bench.start();
         CHECK(bench.ledger.gone.back() == gone);
       }},
      {"what was durable and never committed is not there after the end of its process",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         const MessageRecord record = bench.store(1, 1, kLetter);
         (void)bench.message(1, 2, "durable only");
         bench.kill();
         bench.look();
         CHECK(bench.list(bench.path(1)).size() == 1);
         CHECK(whole_ones(bench, {kLetter}) == 1);
         bench.start();
         bench.look();
         CHECK(bench.list(bench.path(1)).size() == 1);
         CHECK(bench.read(record) == kLetter);
       }},
      {"after a commit whose result was not heard nothing is committed before the store is asked",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         Batch batch;
         batch.messages.push_back(bench.message(1, 1, "unheard"));
         {
           const Operation gone = bench.writer.store->commit(batch, [](const auto&) {});
         }
         under.work();
         Batch next;
         next.messages.push_back(bench.message(1, 2, "next"));
         const auto refused = bench.writer.commit(next);
         REQUIRE_FALSE(refused);
         CHECK(refused.error().remedy == Remedy::kRetrySoon);
         REQUIRE(bench.writer.open_with(bench.ledger));
         CHECK(bench.ledger.live.size() == 1);
         CHECK(bench.store(1, 2, "next").identity.size == 4);
         bench.look();
         CHECK(whole_ones(bench, {"unheard", "next"}) == 2);
       }},
      {"a ledger learns from the journal what it has missed",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         bench.store(1, 1, kLetter);
         const JournalPosition old = bench.ledger.end;
         RecordLedger behind = bench.ledger;
         bench.store(1, 2, "later");
         bench.depart(bench.ledger.live.at({{1}, {1}, {1}}), GoneTo::kRemoved);
         bench.close();
         bench.writer.store = under.writer();
         REQUIRE(bench.writer.open_with(behind));
         CHECK(behind.live == bench.ledger.live);
         CHECK(old < behind.end);
         RecordLedger anew;
         anew.store_id = behind.store_id;
         REQUIRE(bench.writer.open_with(anew));
         CHECK(anew.live == bench.ledger.live);
         CHECK(anew.folders.size() == 2);
       }},
      {"flags that change stand in the journal and with the message",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         const MessageRecord record = bench.store(1, 1, kLetter, "S");
         Batch batch;
         Flags flags = flags_of("FRS");
         flags.keywords = {"Work"};
         batch.flags = {{record.key, bench.ledger.place(record), flags}};
         bench.commit(batch);
         bench.look();
         const auto changes = bench.journal_of<FlagsRecord>();
         REQUIRE(changes.size() == 1);
         CHECK(changes.front().flags == flags);
         const auto entries = bench.list(bench.path(1));
         REQUIRE(entries.size() == 1);
         REQUIRE(entries.front().message);
         CHECK(entries.front().message->flags.maildir_letters() == "FRS");
         CHECK(bench.read(bench.ledger.live.at(record.key)) == kLetter);
         CHECK(bench.read(record) == kLetter);  // also by what was known before
       }},
      {"a record that is stated anew leaves the bytes alone",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         MessageRecord record = bench.store(1, 1, kLetter);
         record.rfc822_size = 99;
         record.date = "17-Jul-1996 02:44:25 -0700";
         Batch batch;
         batch.restated = {record};
         bench.commit(batch);
         bench.look();
         CHECK(bench.journal_of<MessageRecord>().back().rfc822_size == 99);
         CHECK(bench.list(bench.path(1)).size() == 1);
         CHECK(bench.read(record) == kLetter);
       }},
  };
}

}  // namespace imapkeep::store_test
