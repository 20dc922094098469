// What is written comes back as it was.
#include "tests/support/store_suite_bench.h"

namespace imapkeep::store_test {

std::vector<StoreCase> writing_cases() {
  return {
      {"a message comes back as it was sent",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         const MessageRecord record = bench.store(1, 7, kLetter, "FS");
         bench.look();
         const auto found = bench.find(record);
         REQUIRE(found);
         CHECK(found->kind == StoredEntry::Kind::kMessage);
         CHECK(found->area == StoreArea::kLive);
         CHECK(found->folder_path == bench.path(1));
         CHECK(bench.read(*found) == kLetter);
       }},
      {"an empty message is one",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         const MessageRecord record = bench.store(1, 1, "");
         CHECK(record.identity.size == 0);
         bench.look();
         CHECK(bench.read(record).empty());
         CHECK(bench.list(bench.path(1)).size() == 1);
       }},
      {"a message of many blocks",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         std::string large;
         for (int i = 0; large.size() < 3'000'000; ++i) large += std::to_string(i) + "\r\n";
         const MessageRecord record = bench.store(1, 1, large);
         bench.look();
         CHECK(bench.read(record) == large);
         const std::string blocks(4 * 65536, 'x');  // its end is a block's end
         CHECK(bench.read(bench.store(1, 2, blocks)) == blocks);
       }},
      {"NUL, 8 bits, bare CR, bare LF and no line end come back bit for bit",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         const MessageRecord record = bench.store(1, 1, kOddLetter);
         bench.look();
         CHECK(bench.read(record) == kOddLetter);
         std::string every_byte;
         for (int c = 0; c < 256; ++c) every_byte += static_cast<char>(c);
         CHECK(bench.read(bench.store(1, 2, every_byte)) == every_byte);
       }},
      {"what is durable tells SHA-256, XXH3 and both sizes",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         const MessageRecord record = bench.store(1, 1, kOddLetter);
         CHECK(record.identity.sha256 == Sha256::of(kOddLetter));
         CHECK(record.identity.xxh3 == Xxh3::of(kOddLetter));
         CHECK(record.identity.size == kOddLetter.size());
         CHECK(record.identity.crlf_size == kOddLetter.size() + 2);  // two LFs that no CR precedes
         bench.look();
         const auto found = bench.find(record);
         REQUIRE(found);
         const auto checked = bench.check(found->place);
         REQUIRE(checked);
         CHECK(*checked == record.identity);
       }},
      {"a message without a date, and one of before 1970",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         Batch batch;
         batch.messages = {bench.message(1, 1, kLetter, "S", 0), bench.message(1, 2, "old", "S", 0),
                           bench.message(1, 3, "older", "S", -86400)};
         batch.messages[1].record.date = "31-Dec-1969 23:59:59 +0000";
         batch.messages[2].record.date = " 1-Jan-1900 00:00:00 +0100";
         bench.commit(batch);
         bench.look();
         const auto records = bench.journal_of<MessageRecord>();
         REQUIRE(records.size() == 3);
         CHECK(records[0].internal_date == 0);
         CHECK(records[0].date.empty());
         CHECK(records[1].date == "31-Dec-1969 23:59:59 +0000");
         CHECK(records[2].date == " 1-Jan-1900 00:00:00 +0100");
         CHECK(records[2].internal_date <= 0);
         CHECK(bench.read(records[0]) == kLetter);
         CHECK(bench.read(records[1]) == "old");
         CHECK(bench.read(records[2]) == "older");
       }},
      {"a date of now and one far ahead",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         const MessageRecord now = bench.store(1, 1, kLetter, "S", 1795428000);
         const MessageRecord late = bench.store(1, 2, "2262", "S", 9'223'372'036);
         bench.look();
         CHECK(bench.read(now) == kLetter);
         CHECK(bench.read(late) == "2262");
         const auto found = bench.find(late);
         REQUIRE(found);
         CHECK(found->message->internal_date == 9'223'372'036);
         if (found->date) CHECK(*found->date == 9'223'372'036);
       }},
      {"messages that come beside each other do not mix",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         MessageStore& store = *bench.writer.store;
         const IncomingId a = store.begin();
         const IncomingId b = store.begin();
         std::string all_a;
         std::string all_b;
         for (int i = 0; i < 200; ++i) {
           const std::string piece_a = "a" + std::to_string(i) + std::string(500, 'a');
           const std::string piece_b = "b" + std::to_string(i);
           store.append(a, piece_a);
           store.append(b, piece_b);
           all_a += piece_a;
           all_b += piece_b;
         }
         store.end(b, kThen);
         store.append(a, "end");
         store.end(a, kThen);
         const auto durable = bench.ask<std::vector<DurableMessage>>([&](auto done) {
           return store.make_durable({b, a}, std::move(done));
         });
         REQUIRE(durable);
         REQUIRE(durable->size() == 2);  // in the order in which they were asked for
         CHECK(durable->at(0).incoming == b);
         CHECK(durable->at(0).identity.sha256 == Sha256::of(all_b));
         CHECK(durable->at(1).incoming == a);
         CHECK(durable->at(1).identity.sha256 == Sha256::of(all_a + "end"));
       }},
      {"a message that is given up leaves nothing behind",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         MessageStore& store = *bench.writer.store;
         const IncomingId given_up = store.begin();
         store.append(given_up, kLetter);
         store.abandon(given_up);
         const NewMessage durable = bench.message(1, 1, "durable, and not wanted");
         store.abandon(durable.incoming);
         under.work();
         const MessageRecord record = bench.store(1, 2, kLetter);
         bench.look();
         CHECK(bench.list(bench.path(1)).size() == 1);
         CHECK(bench.read(record) == kLetter);
       }},
      {"a batch may be durable before the one before it is committed",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         Batch first;
         Batch second;
         first.messages.push_back(bench.message(1, 1, "first"));
         second.messages.push_back(bench.message(1, 2, "second"));
         bench.commit(first);
         bench.commit(second);
         bench.look();
         CHECK(bench.read(bench.ledger.live.at({{1}, {1}, {1}})) == "first");
         CHECK(bench.read(bench.ledger.live.at({{1}, {1}, {2}})) == "second");
       }},
      {"flags and keywords are recorded as the server says them",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         Batch batch;
         batch.messages.push_back(bench.message(1, 1, kLetter, "DFPRST"));
         Flags& flags = batch.messages.front().record.flags;
         flags.keywords = {"$Junk", "Caf\xe9", "a\"b\\c", "tab\tbed"};
         bench.commit(batch);
         bench.look();
         const auto records = bench.journal_of<MessageRecord>();
         REQUIRE(records.size() == 1);
         CHECK(records.front().flags == flags);
       }},
      {"what the server announced, its own id and every doubt are recorded",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         Batch batch;
         batch.messages.push_back(bench.message(1, 1, kLetter));
         MessageRecord& record = batch.messages.front().record;
         record.server_id = "1766\"%\\\xff";
         record.rfc822_size = 4711;
         record.date = "17-Jul-1996 02:44:25 -0700";
         record.doubtful = "4711 octets were announced,\n20 came twice";
         bench.commit(batch);
         bench.look();
         const auto records = bench.journal_of<MessageRecord>();
         REQUIRE(records.size() == 1);
         CHECK(records.front().server_id == record.server_id);
         CHECK(records.front().rfc822_size == 4711);
         CHECK(records.front().date == record.date);
         CHECK(records.front().doubtful == record.doubtful);
         CHECK(bench.read(records.front()) == kLetter);
       }},
      {"quarantine and owner are recorded",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         Batch batch;
         batch.owners = {{"imap.example.org", "me\"@example.org", "someone else", 0}};
         batch.quarantines = {{{{1}, {1}, {9}}, "the server said \"no\", 100%\r\n", 0}};
         bench.commit(batch);
         bench.look();
         const auto owners = bench.journal_of<OwnerRecord>();
         REQUIRE(owners.size() == 1);
         CHECK(owners.front().host == "imap.example.org");
         CHECK(owners.front().user == "me\"@example.org");
         CHECK(owners.front().authzid == "someone else");
         CHECK(owners.front().at_ms == unix_ms(under.clock.now));
         const auto quarantines = bench.journal_of<QuarantineRecord>();
         REQUIRE(quarantines.size() == 1);
         CHECK(quarantines.front().key == MessageKey{{1}, {1}, {9}});
         CHECK(quarantines.front().reason == "the server said \"no\", 100%\r\n");
       }},
      {"a store that rests goes on when it is opened again",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         bench.store(1, 1, kLetter);
         bench.writer.store->rest();
         under.work();
         StoreDriver second([&under] { under.work(); });
         second.store = under.writer();
         CHECK(second.open(bench.ledger.store_id).error().trouble == Trouble::kBusy);
         REQUIRE(bench.writer.open_with(bench.ledger));
         CHECK(bench.store(1, 2, "again").identity.size == 5);
         bench.look();
         CHECK(bench.list(bench.path(1)).size() == 2);
       }},
      {"room is asked for before it is used",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         const auto enough = bench.ask<Done>(
             [&](auto done) { return bench.writer.store->check_space(1, std::move(done)); });
         CHECK(enough);
       }},
  };
}

}  // namespace imapkeep::store_test
