// What people, other programs and disks do to a store: it is told, by name, and only what is
// concerned is.
#include "tests/support/store_suite_bench.h"

namespace imapkeep::store_test {
namespace {

void shorten(std::string& bytes) { bytes.resize(bytes.size() - 1); }
void flip(std::string& bytes) { bytes[bytes.size() / 2] ^= 0x20; }

}  // namespace

std::vector<StoreCase> damage_cases() {
  return {
      {"files that are not ours are told by name, read, and left alone",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         const MessageRecord record = bench.store(1, 1, kLetter);
         under.put_foreign(bench.path(1), "1771568830.M1P1.elsewhere:2,S", "From: me\r\n\r\nmine");
         under.put_foreign(bench.path(1), "notes.txt", "to do");
         bench.look();
         const auto entries = bench.list(bench.path(1));
         CHECK(entries.size() == 3);
         const auto foreign = of_kind(entries, StoredEntry::Kind::kForeign);
         REQUIRE(foreign.size() == 2);
         for (const StoredEntry& entry : foreign) CHECK_FALSE(entry.message);
         const auto notes = std::find_if(foreign.begin(), foreign.end(), [](const auto& entry) {
           return entry.name == "notes.txt";
         });
         REQUIRE(notes != foreign.end());
         CHECK(notes->stored_size == 5);
         CHECK(bench.read(*notes) == "to do");
         bench.depart(record, GoneTo::kKept);
         bench.close();
         bench.start();
         CHECK(bench.list(bench.path(1)).size() == 2);
       }},
      {"a foreign message of another program's name is not taken for one of ours",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         const MessageRecord record = bench.store(1, 1, kLetter);
         bench.look();
         const auto ours = bench.find(record);
         REQUIRE(ours);
         // Ours in all but the host.
         std::string name = ours->name;
         const std::size_t host = name.find("imap.example.org");
         if (host == std::string::npos) return;
         name.replace(host, 16, "imap.example.com");
         under.put_foreign(bench.path(1), name, kLetter);
         CHECK(of_kind(bench.list(bench.path(1)), StoredEntry::Kind::kForeign).size() == 1);
         CHECK(of_kind(bench.list(bench.path(1)), StoredEntry::Kind::kMessage).size() == 1);
       }},
      {"flags that a person has set do not hide a message",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         const MessageRecord record = bench.store(1, 1, kLetter, "");
         bench.look();
         const auto before = bench.find(record);
         REQUIRE(before);
         if (!under.mark(*before, "FRS")) return;
         const auto after = bench.find(record);
         REQUIRE(after);
         CHECK(after->message->flags.maildir_letters() == "FRS");
         CHECK(bench.read(*after) == kLetter);
         CHECK(bench.read(*before) == kLetter);  // also by where it was
         const auto missing = bench.missing({record});
         REQUIRE(missing);
         CHECK(missing->empty());
         const GoneRecord gone = bench.depart(record, GoneTo::kKept);
         const auto kept = bench.find(record, gone);
         REQUIRE(kept);
         CHECK(bench.read(*kept) == kLetter);
       }},
      {"a message that has lost bytes is told so, and is missing",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         const MessageRecord record = bench.store(1, 1, kLetter);
         const MessageRecord whole = bench.store(1, 2, "whole");
         bench.look();
         under.change_bytes(*bench.find(record), shorten);
         const auto found = bench.find(record);
         REQUIRE(found);
         CHECK(found->kind == StoredEntry::Kind::kDamaged);
         CHECK(of_kind(bench.list(bench.path(1)), StoredEntry::Kind::kDamaged).size() == 1);
         const auto bytes = bench.read(found->place);
         REQUIRE_FALSE(bytes);
         CHECK(is_of_message(bytes.error()));
         CHECK(bytes.error().what.find("damaged") != std::string::npos);
         const auto missing = bench.missing({record, whole});
         REQUIRE(missing);
         REQUIRE(missing->size() == 1);
         CHECK(missing->front().key == record.key);
         CHECK(bench.read(whole) == "whole");
       }},
      {"an empty file where a message was is damage",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         const MessageRecord record = bench.store(1, 1, kLetter);
         bench.look();
         under.change_bytes(*bench.find(record), [](std::string& bytes) { bytes.clear(); });
         const auto found = bench.find(record);
         REQUIRE(found);
         CHECK(found->kind == StoredEntry::Kind::kDamaged);
         CHECK_FALSE(bench.check(found->place));
       }},
      {"one bit that has changed is found by reading",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         const MessageRecord record = bench.store(1, 1, std::string(300'000, 'x'));
         bench.look();
         const auto found = bench.find(record);
         REQUIRE(found);
         under.change_bytes(*found, flip);
         const auto bytes = bench.read(found->place);
         REQUIRE_FALSE(bytes);
         CHECK(is_of_message(bytes.error()));
         const auto checked = bench.check(found->place);
         REQUIRE_FALSE(checked);
         CHECK(checked.error().what == bytes.error().what);
       }},
      {"kept mail that was damaged is told so, and how",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         std::uint32_t uid = 0;
         for (const auto damage : {shorten, flip}) {
           const std::string bytes_then = std::string(1000, 'k') + std::to_string(++uid);
           const MessageRecord record = bench.store(1, uid, bytes_then);
           const GoneRecord gone = bench.depart(record, GoneTo::kKept);
           bench.look();
           const auto found = bench.find(record, gone);
           REQUIRE(found);
           under.change_bytes(*found, damage);
           const auto bytes = bench.read(found->place);
           REQUIRE_FALSE(bytes);
           CHECK(is_of_message(bytes.error()));
           CHECK(bytes.error().what.find("backup") != std::string::npos);
           CHECK_FALSE(bench.check(found->place));
         }
       }},
      {"a message that is gone is an error of its own, and the others are told",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         const MessageRecord a = bench.store(1, 1, "a");
         const MessageRecord b = bench.store(1, 2, "b");
         const MessageRecord c = bench.store(2, 3, "c");
         bench.look();
         const auto before = bench.find(b);
         REQUIRE(before);
         under.remove(*before);
         const auto found = bench.find(std::vector<SoughtMessage>{
             {bench.ledger.place(a)}, {bench.ledger.place(b)}, {bench.ledger.place(c)}});
         REQUIRE(found[0]);
         CHECK(bench.read(*found[0]) == "a");
         REQUIRE_FALSE(found[1]);
         CHECK(is_of_message(found[1].error()));
         CHECK(found[1].error().os_code == ENOENT);
         REQUIRE(found[2]);
         CHECK(bench.read(*found[2]) == "c");
         const auto bytes = bench.read(before->place);
         REQUIRE_FALSE(bytes);
         CHECK(is_of_message(bytes.error()));
         CHECK(bytes.error().os_code == ENOENT);
         const auto headers = bench.headers({found[0]->place, before->place}, 100);
         CHECK(headers[0]);
         REQUIRE_FALSE(headers[1]);
         CHECK(headers[1].error().os_code == ENOENT);
       }},
      {"a kept message that is gone is an error of its own",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         const MessageRecord record = bench.store(1, 1, kLetter);
         const GoneRecord gone = bench.depart(record, GoneTo::kKept);
         bench.look();
         const auto found = bench.find(record, gone);
         REQUIRE(found);
         under.remove(*found);
         const auto again = bench.find(record, gone);
         REQUIRE_FALSE(again);
         CHECK(is_of_message(again.error()));
         CHECK(again.error().os_code == ENOENT);
         CHECK_FALSE(bench.read(found->place));
       }},
      {"a damaged message that comes again lies whole beside what was damaged",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         const MessageRecord record = bench.store(1, 1, kLetter);
         bench.look();
         under.change_bytes(*bench.find(record), shorten);
         const auto missing = bench.missing({record});
         REQUIRE(missing);
         REQUIRE(missing->size() == 1);
         Batch batch;
         batch.messages.push_back(bench.message(1, 1, kLetter));
         batch.messages.front().taken_numbers.own = record.number;
         batch.messages.front().same_bytes.reset();
         bench.commit(batch);
         CHECK(bench.read(bench.ledger.live.at(record.key)) == kLetter);
         for (const StoredEntry& entry : bench.list(bench.path(1))) {
           CHECK(entry.kind == StoredEntry::Kind::kMessage);
         }
         const auto aside = bench.list_kept(1);
         REQUIRE(aside.size() == 1);  // nothing is thrown away
         CHECK(aside.front().kind == StoredEntry::Kind::kDamaged);
         CHECK(bench.read(aside.front()) == kLetter.substr(0, kLetter.size() - 1));
       }},
      {"what was set aside as damaged is never taken for the message",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         const MessageRecord record = bench.store(1, 1, kLetter);
         bench.look();
         under.change_bytes(*bench.find(record), shorten);
         const GoneRecord gone = bench.depart(record, GoneTo::kKept);
         CHECK(gone.to == GoneTo::kLost);
         CHECK_FALSE(bench.find(record, gone));
         CHECK(of_kind(bench.list_kept(1), StoredEntry::Kind::kMessage).empty());
       }},
  };
}

}  // namespace imapkeep::store_test
