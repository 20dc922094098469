// Folders: their names, which servers and people choose, and what becomes of them.
#include <set>

#include "tests/support/store_suite_bench.h"

namespace imapkeep::store_test {
namespace {

FolderRecord named(std::uint32_t id, const std::string& name, char delimiter = '/',
                   NameEncoding encoding = NameEncoding::kUtf8) {
  FolderRecord record = folder(id, name);
  record.delimiter = delimiter;
  record.name.encoding = encoding;
  return record;
}

}  // namespace

std::vector<StoreCase> folder_cases() {
  return {
      {"hostile folder names lead nowhere else, and no two to one place",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         const std::vector<FolderRecord> folders{
             named(10, "../../etc"),
             named(11, ".."),
             named(12, "."),
             named(13, "a//b/"),
             named(14, "/"),
             named(15, ".imapkeep/journal"),
             named(16, "INBOX/cur"),
             named(17, "new"),
             named(18, "Tmp"),
             named(19, "a\\b"),
             named(20, "x\ny\x7f"),
             named(21, "100%"),
             named(22, "%2E%2E"),
             named(23, std::string(900, 'n')),
             named(24, std::string(900, 'n') + "m"),
             named(25, "a/b", 0),
             named(26, "a.b", '.'),
             named(27, "Entw&APw-rfe", '/', NameEncoding::kUtf7),
             named(28, "R&D", '/', NameEncoding::kUtf7),
             named(29, "\xff\xfe"),
             named(30, "-rf ~ $HOME `x` \"'*?"),
             named(31, "dovecot-keywords"),
             named(32, "cur:2,S"),
             named(33, " ")};
         Batch batch;
         batch.new_folders = folders;
         bench.commit(batch);
         REQUIRE(bench.ledger.folders.size() == folders.size() + 2);
         std::set<std::string> paths;
         for (const auto& [id, made] : bench.ledger.folders) {
           CHECK(paths.insert(made.path).second);
           bench.store(id.value, 1, "in folder " + std::to_string(id.value));
         }
         bench.look();
         for (const auto& [key, record] : bench.ledger.live) {
           const std::string expected = "in folder " + std::to_string(key.folder.value);
           CHECK(bench.list(bench.path(key.folder.value)).size() == 1);
           CHECK(bench.read(record) == expected);
           const GoneRecord gone = bench.depart(MessageRecord(record), GoneTo::kKept);
           CHECK(gone.to == GoneTo::kKept);
           break;  // the map has changed
         }
         const auto records = bench.journal_of<FolderRecord>();
         for (const FolderRecord& wanted : folders) {
           const auto found = std::find_if(records.begin(), records.end(),
                                           [&](const auto& one) { return one.id == wanted.id; });
           REQUIRE(found != records.end());
           CHECK(found->name == wanted.name);
           CHECK(found->delimiter == wanted.delimiter);
         }
         const auto there = bench.folders();
         for (const std::string& path : paths) {
           CHECK(std::count(there.begin(), there.end(), path) == 1);
         }
       }},
      {"mail of every odd folder is kept and comes back",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         Batch batch;
         batch.new_folders = {named(10, "../x"), named(11, "a/b/c"), named(12, "cur"),
                              named(13, "a"), named(14, std::string(300, 'n'))};
         bench.commit(batch);
         for (std::uint32_t id = 10; id <= 14; ++id) {
           const std::string bytes = "kept of " + std::to_string(id);
           const MessageRecord record = bench.store(id, 1, bytes);
           const GoneRecord gone = bench.depart(record, GoneTo::kKept);
           bench.look();
           const auto found = bench.find(record, gone);
           REQUIRE(found);
           CHECK(found->folder_path == bench.path(id));
           CHECK(bench.read(*found) == bytes);
           const auto kept = bench.list_kept(id);
           REQUIRE(kept.size() == 1);
           CHECK(bench.read(kept.front()) == bytes);
         }
         CHECK(bench.folders(StoreArea::kKept).size() == 5);
       }},
      {"a store tells beforehand where it would put a folder",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         const FolderRecord wanted = named(10, "Lists/Announce");
         const std::string path = bench.writer.store->folder_path(wanted.name, '/');
         Batch batch;
         batch.new_folders = {wanted};
         bench.commit(batch);
         CHECK(bench.path(10) == path);
       }},
      {"mail goes with its folder when that is renamed",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         const MessageRecord record = bench.store(2, 1, kLetter, "F");
         const std::string old = bench.path(2);
         Batch batch;
         batch.renamed_folders.push_back(
             {{2}, {"Archive/2026", NameEncoding::kUtf8}, '/', old, "", 0});
         bench.commit(batch);
         CHECK(bench.path(2) != old);
         bench.look();
         CHECK(bench.journal_of<FolderRenamingRecord>().size() == 1);
         CHECK(bench.list(old).empty());
         CHECK(bench.list(bench.path(2)).size() == 1);
         CHECK(bench.read(record) == kLetter);
         CHECK(bench.store(2, 2, "later").identity.size == 5);
       }},
      {"a folder that takes the name of another gets a place of its own",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         const MessageRecord inbox = bench.store(1, 1, "inbox");
         const MessageRecord archive = bench.store(2, 1, "archive");
         Batch batch;
         batch.new_folders = {named(10, "Archive")};  // the server has another one of that name
         bench.commit(batch);
         CHECK(bench.path(10) != bench.path(2));
         const MessageRecord other = bench.store(10, 1, "other");
         bench.look();
         CHECK(bench.read(inbox) == "inbox");
         CHECK(bench.read(archive) == "archive");
         CHECK(bench.read(other) == "other");
         CHECK(bench.list(bench.path(2)).size() == 1);
         CHECK(bench.list(bench.path(10)).size() == 1);
       }},
      {"a folder that is gone is not there, and what was kept of it is",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         const MessageRecord record = bench.store(2, 1, kLetter);
         const GoneRecord gone = bench.depart(record, GoneTo::kKept);
         const std::string path = bench.path(2);
         const StoredPlace place = bench.ledger.place(record);
         Batch batch;
         batch.gone_folders = {bench.ledger.folders.at({2})};
         bench.commit(batch);
         CHECK(bench.ledger.folders.size() == 1);
         bench.look();
         CHECK(bench.journal_of<FolderGoneRecord>().size() == 1);
         const auto live = bench.folders();
         CHECK(std::count(live.begin(), live.end(), path) == 0);
         CHECK(bench.list(path).empty());
         const auto found = bench.find(std::vector<SoughtMessage>{{place, gone}});
         REQUIRE(found.front());
         CHECK(bench.read(*found.front()) == kLetter);
       }},
      {"a folder of which nobody has heard has no entries",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         bench.look();
         CHECK(bench.list("Nowhere/at all").empty());
         CHECK(bench.list("Nowhere/at all", StoreArea::kKept).empty());
         StoredPlace nowhere;
         nowhere.folder_path = "Nowhere/at all";
         const auto found = bench.find(std::vector<SoughtMessage>{{nowhere}});
         REQUIRE_FALSE(found.front());
         CHECK(found.front().error().os_code == ENOENT);
       }},
      {"folders are told in order, each once",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         Batch batch;
         batch.new_folders = {named(10, "b/c"), named(11, "b"), named(12, "a")};
         bench.commit(batch);
         bench.look();
         const auto there = bench.folders();
         CHECK(there.size() == 5);
         CHECK(std::is_sorted(there.begin(), there.end()));
         for (const auto& [id, made] : bench.ledger.folders) {
           CHECK(std::count(there.begin(), there.end(), made.path) == 1);
         }
       }},
  };
}

}  // namespace imapkeep::store_test
