// Messages leave: kept, moved, removed or lost, and the kept area gives them back.
#include "tests/support/store_suite_bench.h"

namespace imapkeep::store_test {

std::vector<StoreCase> departure_cases() {
  return {
      {"what is kept comes back bit for bit, with its day and its folder",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         const std::vector<std::string> letters{kLetter, kOddLetter, "",
                                                std::string(1'000'000, 'y')};
         for (std::uint32_t i = 0; i < letters.size(); ++i) {
           const MessageRecord record = bench.store(2, i + 1, letters[i], "FS");
           const GoneRecord gone = bench.depart(record, GoneTo::kKept);
           CHECK(gone.to == GoneTo::kKept);
           CHECK(gone.at_ms == unix_ms(under.clock.now));
           bench.look();
           const auto found = bench.find(record, gone);
           REQUIRE(found);
           CHECK(found->kind == StoredEntry::Kind::kMessage);
           CHECK(found->area == StoreArea::kKept);
           CHECK(found->day == "2026-11-23");
           CHECK(found->folder_path == bench.path(2));
           REQUIRE(found->message);
           CHECK(found->message->size == letters[i].size());
           CHECK(found->message->xxh3 == record.identity.xxh3);
           CHECK(found->message->internal_date == kThen);
           CHECK(found->message->flags.maildir_letters() == "FS");
           CHECK(bench.read(*found) == letters[i]);
           const auto checked = bench.check(found->place);
           REQUIRE(checked);
           CHECK(*checked == record.identity);
         }
         CHECK(bench.list(bench.path(2)).empty());
         const auto kept = bench.list_kept(2);
         REQUIRE(kept.size() == letters.size());
         for (const StoredEntry& entry : kept) {
           CHECK(entry.kind == StoredEntry::Kind::kMessage);
           CHECK(entry.day == "2026-11-23");
         }
         CHECK(bench.folders(StoreArea::kKept) == std::vector<std::string>{bench.path(2)});
         CHECK(bench.list_kept(1).empty());
       }},
      {"what is removed is nowhere",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         const MessageRecord record = bench.store(1, 1, kLetter);
         const GoneRecord gone = bench.depart(record, GoneTo::kRemoved);
         CHECK(gone.to == GoneTo::kRemoved);
         bench.look();
         CHECK(bench.list(bench.path(1)).empty());
         CHECK(bench.list_kept(1).empty());
         const auto found = bench.find(record, gone);
         REQUIRE_FALSE(found);
         CHECK(is_of_message(found.error()));
         CHECK(found.error().os_code == ENOENT);
       }},
      {"what has moved lives on where it went",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         const MessageRecord old = bench.store(1, 1, kLetter);
         const MessageRecord now = bench.store(2, 5, kLetter);
         CHECK(bench.depart(old, GoneTo::kMoved, &now).to == GoneTo::kMoved);
         bench.look();
         CHECK(bench.list(bench.path(1)).empty());
         CHECK(bench.list_kept(1).empty());
         CHECK(bench.read(now) == kLetter);
       }},
      {"what should have moved, and is not where it went, is kept",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         const MessageRecord old = bench.store(1, 1, kLetter);
         const MessageRecord now = bench.store(2, 5, kLetter);
         bench.look();
         const auto copy = bench.find(now);
         REQUIRE(copy);
         under.remove(*copy);
         const GoneRecord gone = bench.depart(old, GoneTo::kMoved, &now);
         CHECK(gone.to == GoneTo::kKept);
         bench.look();
         const auto found = bench.find(old, gone);
         REQUIRE(found);
         CHECK(bench.read(*found) == kLetter);
       }},
      {"what leaves and is not there is lost",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         const MessageRecord record = bench.store(1, 1, kLetter);
         bench.look();
         const auto there = bench.find(record);
         REQUIRE(there);
         under.remove(*there);
         const GoneRecord gone = bench.depart(record, GoneTo::kKept);
         CHECK(gone.to == GoneTo::kLost);
         const auto found = bench.find(record, gone);
         REQUIRE_FALSE(found);
         CHECK(found.error().os_code == ENOENT);
       }},
      {"equal messages that leave on one day are both kept",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         const MessageRecord a = bench.store(1, 1, kLetter);
         const GoneRecord gone_a = bench.depart(a, GoneTo::kKept);
         const MessageRecord b = bench.store(1, 2, kLetter, "F");
         const GoneRecord gone_b = bench.depart(b, GoneTo::kKept);
         bench.look();
         for (const auto& found : {bench.find(a, gone_a), bench.find(b, gone_b)}) {
           REQUIRE(found);
           CHECK(bench.read(*found) == kLetter);
         }
       }},
      {"days of the kept area are told apart",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         const MessageRecord a = bench.store(1, 1, "first");
         const GoneRecord gone_a = bench.depart(a, GoneTo::kKept);
         under.clock.now += std::chrono::hours(24 * 40);
         const MessageRecord b = bench.store(1, 2, "second");
         const GoneRecord gone_b = bench.depart(b, GoneTo::kKept);
         bench.look();
         const auto kept = bench.list_kept(1);
         REQUIRE(kept.size() == 2);
         const auto first = bench.find(a, gone_a);
         const auto second = bench.find(b, gone_b);
         REQUIRE(first);
         REQUIRE(second);
         CHECK(first->day == "2026-11-23");
         CHECK(second->day == "2027-01-02");
         CHECK(bench.read(*first) == "first");
         CHECK(bench.read(*second) == "second");
       }},
      {"a departure that is done again keeps one",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         const MessageRecord record = bench.store(1, 1, kLetter);
         Batch batch;
         batch.departures.push_back({record.key, bench.ledger.place(record), GoneTo::kKept});
         REQUIRE(bench.writer.commit(batch));  // and nobody tells the ledger
         const auto again = bench.writer.commit(batch);
         REQUIRE(again);
         REQUIRE(again->records.size() == 1);
         const auto& gone = std::get<GoneRecord>(again->records.front());
         CHECK(gone.to == GoneTo::kKept);
         bench.look();
         CHECK(bench.list_kept(1).size() == 1);
         const auto found = bench.find(record, gone);
         REQUIRE(found);
         CHECK(bench.read(*found) == kLetter);
       }},
      {"a message whose UID another one takes is kept before it",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         const MessageRecord former = bench.store(1, 1, "former");
         Batch batch;
         batch.replaced.push_back({former.key, bench.ledger.place(former), GoneTo::kKept});
         batch.messages.push_back(bench.message(1, 1, "another"));
         bench.commit(batch);
         REQUIRE(bench.ledger.gone.size() == 1);
         bench.look();
         CHECK(bench.read(bench.ledger.live.at(former.key)) == "another");
         const auto found = bench.find(former, bench.ledger.gone.back());
         REQUIRE(found);
         CHECK(found->area == StoreArea::kKept);
         CHECK(bench.read(*found) == "former");
       }},
      {"a record that nobody believes gone is found in the kept area all the same",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         const MessageRecord record = bench.store(1, 1, kLetter);
         bench.depart(record, GoneTo::kKept);
         bench.look();
         const auto found = bench.find(record);  // as somebody asks whose ledger is behind
         REQUIRE(found);
         CHECK(found->area == StoreArea::kKept);
         CHECK(bench.read(*found) == kLetter);
       }},
      {"what has been kept for long enough is removed, and only that",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         const MessageRecord old = bench.store(1, 1, "old");
         const GoneRecord gone_old = bench.depart(old, GoneTo::kKept);
         under.clock.now += std::chrono::hours(24 * 10);
         const MessageRecord young = bench.store(1, 2, "young");
         const GoneRecord gone_young = bench.depart(young, GoneTo::kKept);
         const MessageRecord live = bench.store(1, 3, "live");
         const auto purge = [&](int days) {
           return bench.ask<std::uint64_t>(
               [&](auto done) { return bench.writer.store->purge_gone(days, std::move(done)); });
         };
         const auto none = purge(10);
         REQUIRE(none);
         CHECK(*none == 0);
         const auto one = purge(9);
         REQUIRE(one);
         CHECK(*one == 1);
         bench.look();
         CHECK(bench.list_kept(1).size() == 1);
         const auto removed = bench.find(old, gone_old);
         REQUIRE_FALSE(removed);
         CHECK(removed.error().os_code == ENOENT);
         const auto kept = bench.find(young, gone_young);
         REQUIRE(kept);
         CHECK(bench.read(*kept) == "young");
         CHECK(bench.read(live) == "live");
       }},
  };
}

}  // namespace imapkeep::store_test
