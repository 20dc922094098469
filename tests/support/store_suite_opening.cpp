// Which store is opened, by whom, and what is never made.
#include "tests/support/store_suite_bench.h"

namespace imapkeep::store_test {
namespace {

/// A reader of its own, without a bench.
Result<StoreSummary> open_reader(StoreUnderTest& under, const std::string& expected = "") {
  StoreDriver driver([&under] { under.work(); });
  const auto reader = under.reader();
  return driver.wait<StoreSummary>(
      [&](auto done) { return reader->open(expected, std::move(done)); });
}

}  // namespace

std::vector<StoreCase> opening_cases() {
  return {
      {"a store is made once, and is the same from then on",
       [](StoreUnderTest& under) {
         StoreDriver driver([&under] { under.work(); });
         driver.store = under.writer();
         const auto made = driver.open();
         REQUIRE(made);
         CHECK(made->created);
         CHECK(made->store_id.size() == 32);
         CHECK(made->clean);
         REQUIRE(driver.close());
         driver.store = under.writer();
         const auto again = driver.open(made->store_id);
         REQUIRE(again);
         CHECK_FALSE(again->created);
         CHECK(again->store_id == made->store_id);
         CHECK(again->made_account == made->made_account);
       }},
      {"a reader hears whose store it is",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         const auto described = bench.open(bench.ledger.store_id);
         REQUIRE(described);
         CHECK(described->store_id == bench.ledger.store_id);
         CHECK(described->made_host == "imap.example.org");
         CHECK(described->made_account == "work");
         CHECK(described->format == 1);
         CHECK(described->journal_end == bench.ledger.end);
         CHECK_FALSE(described->clean);  // its writer is at work
         bench.close();
         CHECK(bench.look().clean);
         CHECK(bench.open("")->store_id == bench.ledger.store_id);
       }},
      {"where no store is, a reader makes none",
       [](StoreUnderTest& under) {
         const Untouched untouched(under);
         const auto nothing = open_reader(under);
         REQUIRE_FALSE(nothing);
         CHECK(nothing.error().trouble == Trouble::kStore);
         CHECK(nothing.error().what.find("not mounted") != std::string::npos);
         CHECK_FALSE(open_reader(under, std::string(32, 'a')));
       }},
      {"a store that is expected and not there is not made, by nobody",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         bench.close();
         under.unmount();
         {
           const Untouched untouched(under);
           bench.writer.store = under.writer();
           const auto missing = bench.writer.open(bench.ledger.store_id);
           REQUIRE_FALSE(missing);
           CHECK(missing.error().trouble == Trouble::kStore);
           CHECK(missing.error().what.find("not mounted") != std::string::npos);
           bench.reader = under.reader();
           CHECK_FALSE(bench.open(bench.ledger.store_id));
         }
         under.mount();
         bench.start();
         CHECK(bench.look().store_id == bench.ledger.store_id);
       }},
      {"another store than the expected one is refused",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         bench.close();
         const std::string other(32, 'a');
         const Untouched untouched(under);
         const auto read = open_reader(under, other);
         REQUIRE_FALSE(read);
         CHECK(read.error().trouble == Trouble::kStore);
         CHECK(read.error().what.find(other) != std::string::npos);
         CHECK(read.error().what.find(bench.ledger.store_id) != std::string::npos);
       }},
      {"a writer refuses another store, too",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         bench.close();
         bench.writer.store = under.writer();
         const auto refused = bench.writer.open(std::string(32, 'a'));
         REQUIRE_FALSE(refused);
         CHECK(refused.error().trouble == Trouble::kStore);
         bench.start();
       }},
      {"a store has one writer",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         StoreDriver second([&under] { under.work(); });
         second.store = under.writer();
         const auto busy = second.open(bench.ledger.store_id);
         REQUIRE_FALSE(busy);
         CHECK(busy.error().trouble == Trouble::kBusy);
         CHECK(bench.store(1, 1, kLetter).number == 1);  // the first is not disturbed
         bench.close();
         const auto free = second.open(bench.ledger.store_id);
         REQUIRE(free);
         CHECK(free->clean);
         REQUIRE(second.close());
       }},
      {"the lock goes with the process that held it",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         bench.store(1, 1, kLetter);
         bench.kill();
         bench.writer.store = under.writer();
         const auto after = bench.writer.open(bench.ledger.store_id);
         REQUIRE(after);
         CHECK_FALSE(after->clean);
         CHECK(after->journal_end == bench.ledger.end);
       }},
      {"readers take no lock, and no lock stops them",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         bench.look();  // while the writer holds it
         bench.close();
         bench.look();
         bench.start();  // while readers have it open
         CHECK(bench.store(1, 1, kLetter).number == 1);
       }},
      {"a store that was closed in order is clean, and one that was not is not",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         bench.store(1, 1, kLetter);
         bench.close();
         CHECK(bench.look().clean);
         bench.start();
         bench.store(1, 2, "more");
         bench.kill();
         const StoreSummary interrupted = bench.look();
         CHECK_FALSE(interrupted.clean);
         CHECK(interrupted.journal_end == bench.ledger.end);
         bench.start();
         bench.writer.store->adoption_is_over({});
         bench.close();
         CHECK(bench.look().clean);
       }},
      {"that a store was closed in order outlives the power",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         bench.store(1, 1, kLetter);
         bench.close();
         if (!under.cut_power()) return;
         bench.reader = under.reader();
         CHECK(bench.look().clean);
       }},
      {"asked for something before it is open, a reader says so",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         const auto records = bench.journal_chunk({});
         REQUIRE_FALSE(records);
         CHECK(records.error().what.find("not open") != std::string::npos);
       }},
      {"a writer that died takes up where it was",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         for (std::uint32_t life = 1; life <= 4; ++life) {
           bench.store(1, life, "of life " + std::to_string(life));
           bench.kill();
           bench.start();
         }
         bench.look();
         CHECK(bench.list(bench.path(1)).size() == 4);
         for (const auto& [key, record] : bench.ledger.live) {
           CHECK(bench.read(record) == "of life " + std::to_string(key.uid.value));
         }
       }},
  };
}

}  // namespace imapkeep::store_test
