#include <catch2/catch.hpp>

#include "tests/sync/store/maildir/opened_store.h"

using namespace imapkeep;
using namespace imapkeep::store_test;

TEST_CASE("flags are renamed, also behind a reader's back; a lost file is found missing later") {
  Store store;
  MessageRecord record = store.store(1, 1, kMail, "");
  const auto change = [&](const std::string& letters) {
    Batch batch;
    batch.flags.push_back({record.key, store.ledger.place(record), flags_of(letters)});
    store.commit(batch);
    record = store.ledger.live.at(record.key);
    CHECK(record.flags.maildir_letters() == letters);
  };
  change("FS");
  CHECK(store.disk.files().count(store.path(record)) == 1);
  store.disk.move(store.path(record), store.path(record) + "Tab");
  change("S");
  CHECK(store.disk.files().count(store.path(record)) == 1);
  CHECK(mail_files(store.disk).size() == 1);
  store.disk.remove(store.path(record));
  change("R");
  const auto missing = store.bench.wait<std::vector<StoredPlace>>([&](auto done) {
    return store.bench.store->find_missing("INBOX", {store.ledger.place(record)}, std::move(done));
  });
  REQUIRE(missing);
  CHECK(missing->size() == 1);
}

TEST_CASE("readers' renames are not missing files; cur's mtime tells of them") {
  Store store;
  const MessageRecord a = store.store(1, 1, "a");
  const MessageRecord b = store.store(1, 2, "b");
  const MessageRecord c = store.store(1, 3, "c");
  const auto token = [&](const std::string& path) {
    return *store.bench.wait<FolderToken>(
        [&](auto done) { return store.bench.store->folder_token(path, {}, std::move(done)); });
  };
  const auto before = token("INBOX");
  CHECK_FALSE(before.empty());
  CHECK(token("INBOX") == before);
  // A folder that the ledger knows and a copy has lost: made anew, so that it has a time again.
  CHECK_FALSE(store.disk.directories().contains(kRoot + "/nowhere/cur"));
  CHECK_FALSE(token("nowhere").empty());
  CHECK(store.disk.directories().contains(kRoot + "/nowhere/cur"));
  store.disk.move(store.path(a), store.path(a) + "T");
  std::string in_new = store.path(b);
  in_new.replace(in_new.find("/cur/"), 5, "/new/");
  store.disk.move(store.path(b), in_new);
  store.disk.remove(store.path(c));
  CHECK(token("INBOX") != before);
  const auto missing = store.bench.wait<std::vector<StoredPlace>>([&](auto done) {
    return store.bench.store->find_missing(
        "INBOX", {store.ledger.place(a), store.ledger.place(b), store.ledger.place(c)},
        std::move(done));
  });
  REQUIRE(missing);
  REQUIRE(missing->size() == 1);
  CHECK(missing->front().xxh3 == c.identity.xxh3);
}

TEST_CASE("what leaves the live tree") {
  Store store;
  const MessageRecord a = store.store(1, 1, "a", "F");
  const MessageRecord b = store.store(1, 2, "b");
  const MessageRecord c = store.store(1, 3, "c");
  const MessageRecord d = store.store(1, 4, "d");
  store.disk.remove(store.path(d));
  Batch batch;
  batch.departures = {store.departure(a, GoneTo::kKept), store.departure(b, GoneTo::kMoved),
                      store.departure(c, GoneTo::kRemoved), store.departure(d, GoneTo::kKept)};
  std::string name = store.path(a).substr(kRoot.size() + 1);
  name.erase(name.find("cur/"), 4);
  store.commit(batch);
  CHECK(mail_files(store.disk).empty());
  CHECK(mail_files(store.disk, true) ==
        std::vector<std::string>{".imapkeep/gone/2026-11-23/" + name + ".zst"});
  CHECK(mail_at(store.disk, mail_files(store.disk, true).front()) == "a");
  REQUIRE(store.ledger.gone.size() == 4);
  CHECK(store.ledger.gone[0].to == GoneTo::kKept);
  CHECK(store.ledger.gone[1].to == GoneTo::kMoved);
  CHECK(store.ledger.gone[2].to == GoneTo::kRemoved);
  CHECK(store.ledger.gone[3].to == GoneTo::kLost);

  // The same again: it is kept once, under the day on which it left last.
  const auto leaves_again = [&](std::uint32_t uid) {
    batch.departures = {store.departure(store.store(1, uid, "a", "F"), GoneTo::kKept)};
    store.commit(batch);
  };
  leaves_again(5);
  CHECK(mail_files(store.disk, true).size() == 1);
  store.bench.clock.now += std::chrono::hours(24);
  leaves_again(6);
  REQUIRE(mail_files(store.disk, true) ==
          std::vector<std::string>{".imapkeep/gone/2026-11-24/" + name + ".zst"});
  for (const std::size_t i : {0U, 4U, 5U}) CHECK(store.ledger.gone[i].place.empty());
  // A name that other bytes have there. Whoever looks for it is told of the name that it got.
  store.disk.put(kRoot + "/.imapkeep/gone/2026-11-24/" + name + ".zst", "something else");
  leaves_again(7);
  CHECK(mail_files(store.disk, true).size() == 2);
  REQUIRE_FALSE(store.ledger.gone[6].place.empty());
  CHECK(store.ledger.gone[6].place.find("~2,S=") != std::string::npos);
  CHECK(mail_at(store.disk, ".imapkeep/gone/" + store.ledger.gone[6].place) == "a");

  const auto purge = [&](int days) {
    return *store.bench.wait<std::uint64_t>(
        [&](auto done) { return store.bench.store->purge_gone(days, std::move(done)); });
  };
  store.disk.put(kRoot + "/.imapkeep/gone/notes/mine", "left alone");
  store.bench.clock.now += std::chrono::hours(24 * 90);
  CHECK(purge(90) == 0);
  store.bench.clock.now += std::chrono::hours(24);
  CHECK(purge(90) == 2);
  CHECK(mail_files(store.disk, true).size() == 1);
}

TEST_CASE("a folder is renamed with its mail, its subfolder stays") {
  Store store;
  Batch folders;
  folders.new_folders = {folder(3, "a"), folder(4, "a/b")};
  store.commit(folders);
  store.store(3, 1, "in a");
  store.store(4, 1, "in b");
  const auto rename = [&](std::uint32_t id, const std::string& to) {
    Batch batch;
    batch.renamed_folders.push_back(
        {{id}, {to, NameEncoding::kUtf8}, '/', store.ledger.folders.at({id}).path, "", 0});
    store.commit(batch);
  };
  const auto all_there = [&] {
    for (const auto& [key, record] : store.ledger.live) {
      CAPTURE(store.path(record));
      CHECK(store.disk.files().count(store.path(record)) == 1);
    }
    CHECK(mail_files(store.disk).size() == store.ledger.live.size());
  };
  rename(3, "x/y");
  CHECK(store.ledger.folders.at({3}).path == "x/y");
  all_there();
  rename(3, "x/y/z");  // into itself
  all_there();
  rename(3, "x");  // and out again
  CHECK(store.disk.directories().count(kRoot + "/x/y") == 0);
  all_there();
  rename(4, "b");
  CHECK(store.disk.directories().count(kRoot + "/a") == 0);  // emptied
  all_there();
  rename(4, "b");  // the same name again
  all_there();
  store.disk.put(kRoot + "/taken/cur/foreign", "not ours");
  rename(4, "taken");
  CHECK(store.ledger.folders.at({4}).path == "taken%~2");
  CHECK(store.disk.files().count(kRoot + "/taken/cur/foreign") == 1);
  rename(3, "INBOX2");
  rename(4, "x");
  CHECK(store.disk.files().count(store.path(store.ledger.live.at({{4}, {1}, {1}}))) == 1);
}

TEST_CASE("two live folders never share a place") {
  Store store;
  Batch batch;
  FolderRecord utf7 = folder(3, "Entw&APw-rfe");
  utf7.name.encoding = NameEncoding::kUtf7;
  batch.new_folders = {utf7};
  store.commit(batch);
  batch.new_folders = {folder(4, "Entw\xc3\xbcrfe"), folder(5, "Entw\xc3\xbcrfe")};
  store.commit(batch);
  CHECK(store.ledger.folders.at({3}).path == "Entw\xc3\xbcrfe");
  CHECK(store.ledger.folders.at({4}).path == "Entw\xc3\xbcrfe%~2");
  CHECK(store.ledger.folders.at({5}).path == "Entw\xc3\xbcrfe%~3");
}

TEST_CASE("where file names fold case, folders that differ in case get places of their own") {
  MemoryDisk disk;
  disk.set_folds_case(true);
  make_disk(disk);
  StoreBench bench(disk);
  ModelLedger ledger;
  REQUIRE(bench.open_with(ledger));
  Batch batch;
  batch.new_folders = {folder(1, "work"), folder(2, "Work"), folder(3, "WORK/x"),
                       folder(4, "work/x"), folder(5, "work/X")};
  REQUIRE(bench.commit_with(ledger, batch));
  CHECK(ledger.folders.at({1}).path == "work");
  CHECK(ledger.folders.at({2}).path == "Work%~2");
  CHECK(ledger.folders.at({3}).path == "WORK%~3/x");
  CHECK(ledger.folders.at({4}).path == "work/x");
  CHECK(ledger.folders.at({5}).path == "work/X%~2");
}

TEST_CASE("a folder that is gone leaves nothing, except what is not ours") {
  Store store;
  Batch batch;
  batch.new_folders = {folder(3, "a/b")};
  store.commit(batch);
  batch = {};
  batch.gone_folders = {store.ledger.folders.at({3}), store.ledger.folders.at({2})};
  store.disk.put(kRoot + "/Archive/cur/foreign", "x");
  store.commit(batch);
  CHECK(store.disk.directories().count(kRoot + "/a") == 0);
  CHECK(store.disk.files().count(kRoot + "/Archive/cur/foreign") == 1);
  CHECK(store.ledger.folders.size() == 1);
}
