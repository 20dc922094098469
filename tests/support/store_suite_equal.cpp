// Messages of equal bytes: each is one of its own, whoever else has the same.
#include "tests/support/store_suite_bench.h"

namespace imapkeep::store_test {

std::vector<StoreCase> equal_mail_cases() {
  return {
      {"equal messages of one folder are two",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         const MessageRecord a = bench.store(1, 1, kLetter);
         const MessageRecord b = bench.store(1, 2, kLetter);
         bench.look();
         const auto found = bench.find(
             std::vector<SoughtMessage>{{bench.ledger.place(a)}, {bench.ledger.place(b)}});
         REQUIRE(found[0]);
         REQUIRE(found[1]);
         CHECK(found[0]->place != found[1]->place);
         CHECK(bench.list(bench.path(1)).size() == 2);
         CHECK(bench.read(*found[0]) == kLetter);
         CHECK(bench.read(*found[1]) == kLetter);
       }},
      {"equal messages of one batch, of two folders and of two dates",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         Batch batch;
         batch.messages = {bench.message(1, 1, kLetter), bench.message(1, 2, kLetter),
                           bench.message(2, 3, kLetter),
                           bench.message(1, 4, kLetter, "S", kThen + 1)};
         bench.commit(batch);
         bench.look();
         CHECK(bench.list(bench.path(1)).size() == 3);
         CHECK(bench.list(bench.path(2)).size() == 1);
         for (const auto& [key, record] : bench.ledger.live) CHECK(bench.read(record) == kLetter);
       }},
      {"one of two equal messages leaves, and the other stays",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         const MessageRecord a = bench.store(1, 1, kLetter);
         const MessageRecord b = bench.store(1, 2, kLetter);
         const GoneRecord gone = bench.depart(a, GoneTo::kRemoved);
         bench.look();
         CHECK(bench.list(bench.path(1)).size() == 1);
         CHECK(bench.read(b) == kLetter);
         CHECK(gone.to == GoneTo::kRemoved);
       }},
      {"the number of one that has left may be given again",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         bench.store(1, 1, kLetter);
         const MessageRecord b = bench.store(1, 2, kLetter);
         bench.depart(b, GoneTo::kRemoved);
         const MessageRecord c = bench.store(1, 3, kLetter);
         bench.look();
         CHECK(bench.list(bench.path(1)).size() == 2);
         CHECK(bench.read(c) == kLetter);
       }},
      {"a message that is known by its id alone is stored from the one that is there",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         const MessageRecord a = bench.store(1, 1, kLetter);
         NewMessage known;
         known.folder_path = bench.path(2);
         known.record = a;
         known.record.key = {{2}, {1}, {1}};
         known.record.decided = Decided::kById;
         known.same_bytes = bench.ledger.place(a);
         Batch batch;
         batch.messages = {known};
         bench.commit(batch);
         bench.look();
         CHECK(bench.read(bench.ledger.live.at({{2}, {1}, {1}})) == kLetter);
         CHECK(bench.journal_of<MessageRecord>().back().decided == Decided::kById);
       }},
      {"known by its id, and the bytes are gone: an error of this message",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         const MessageRecord a = bench.store(1, 1, kLetter);
         bench.look();
         const auto found = bench.find(a);
         REQUIRE(found);
         under.remove(*found);
         NewMessage known;
         known.folder_path = bench.path(2);
         known.record = a;
         known.record.key = {{2}, {1}, {1}};
         known.record.decided = Decided::kById;
         known.same_bytes = bench.ledger.place(a);
         Batch batch;
         batch.messages = {known};
         const auto failed = bench.writer.commit(batch);
         REQUIRE_FALSE(failed);
         CHECK(failed.error().remedy == Remedy::kSkipMessage);
         CHECK(bench.list(bench.path(2)).empty());
       }},
      {"a message that is stored again replaces its record and stays one",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         const MessageRecord a = bench.store(1, 1, kLetter);
         Batch batch;
         batch.messages.push_back(bench.message(1, 1, kLetter));
         batch.messages.front().taken_numbers.own = a.number;
         bench.commit(batch);
         bench.look();
         CHECK(bench.journal_of<MessageRecord>().size() == 2);
         CHECK(bench.list(bench.path(1)).size() == 1);
         CHECK(bench.read(bench.ledger.live.at(a.key)) == kLetter);
       }},
      {"the bytes that are looked for are taken, not others that are like them",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         // Of one size and one date.
         const MessageRecord a = bench.store(1, 1, "aaaa");
         const MessageRecord b = bench.store(1, 2, "bbbb");
         bench.look();
         CHECK(bench.read(a) == "aaaa");
         CHECK(bench.read(b) == "bbbb");
       }},
  };
}

}  // namespace imapkeep::store_test
