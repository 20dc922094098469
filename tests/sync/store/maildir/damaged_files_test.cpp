// Files that are not what their names say, and what a copy loses beside files: the message counts
// as missing, its new bytes get the old name, and the damaged file is moved aside, never thrown
// away.
#include <catch2/catch.hpp>

#include "sync/plan/store_origin.h"
#include "tests/sync/store/maildir/opened_store.h"

using namespace imapkeep;
using namespace imapkeep::store_test;

namespace {

std::vector<StoredPlace> missing_in(Store& store, const std::string& folder) {
  std::vector<StoredPlace> places;
  for (const auto& [key, record] : store.ledger.live) {
    StoredPlace place = store.ledger.place(record);
    place.key = key;
    if (place.folder_path == folder) places.push_back(place);
  }
  const auto missing = store.bench.wait<std::vector<StoredPlace>>(
      [&](auto done) { return store.bench.store->find_missing(folder, places, std::move(done)); });
  REQUIRE(missing);
  return *missing;
}

FolderToken look(Store& store, const std::string& folder) {
  const auto token = store.bench.wait<FolderToken>(
      [&](auto done) { return store.bench.store->folder_token(folder, {}, std::move(done)); });
  REQUIRE(token);
  return *token;
}

/// The same message comes again, as after a look that missed it.
void store_again(Store& store, const MessageRecord& record, const std::string& bytes) {
  Batch batch;
  batch.messages.push_back(store.message(record.key.folder.value, record.key.uid.value, bytes,
                                         record.flags.maildir_letters()));
  store.commit(batch);
}

std::string kept_as_damaged(const Store& store) {
  std::string found;
  for (const std::string& path : mail_files(store.disk, true)) {
    if (path.find("/damaged.") == std::string::npos) continue;
    CHECK(found.empty());
    found = path;
  }
  return found;
}

}  // namespace

TEST_CASE("a file of another size than its name says is fetched again and moved aside",
          "[store][damaged]") {
  Store store;
  const MessageRecord record = store.store(1, 1, kMail);
  const std::string path = store.path(record);
  if (GENERATE(false, true)) {  // after an interrupted writer every file there may be adopted
    store.bench.stop();
    store.disk.reopen();
    store.bench.start();
    REQUIRE(store.bench.open_with(store.ledger));
  }
  CHECK(missing_in(store, "INBOX").empty());
  const std::string now = GENERATE(std::string(), std::string("Subj"), kMail + "and more");
  CAPTURE(now);
  store.disk.put(path, now);
  REQUIRE(missing_in(store, "INBOX").size() == 1);
  CHECK(store.disk.files().at(path) == now);  // until the message is there again

  store_again(store, record, kMail);
  CHECK(store.disk.files().at(path) == kMail);
  CHECK(store.ledger.live.at(record.key).number == 1);
  CHECK(mail_files(store.disk).size() == 1);
  const std::string aside = kept_as_damaged(store);
  REQUIRE_FALSE(aside.empty());
  CHECK(mail_at(store.disk, aside) == now);
  CHECK(aside.ends_with(".zst"));
  CHECK(missing_in(store, "INBOX").empty());
}

TEST_CASE("a damaged file is found under a reader's letters", "[store][damaged]") {
  Store store;
  const MessageRecord record = store.store(1, 1, kMail);
  const std::string path = store.path(record);
  const std::string renamed = path.substr(0, path.rfind(',') + 1) + "FRS";
  store.disk.move(path, renamed);
  CHECK(missing_in(store, "INBOX").empty());
  store.disk.truncate(renamed, 2);
  REQUIRE(missing_in(store, "INBOX").size() == 1);
  store_again(store, record, kMail);
  CHECK(mail_files(store.disk).size() == 1);
  CHECK(store.disk.files().at(path) == kMail);
  CHECK_FALSE(kept_as_damaged(store).empty());
}

TEST_CASE("other bytes for the same message leave no damaged file behind", "[store][damaged]") {
  Store store;
  const MessageRecord record = store.store(1, 1, kMail);
  store.disk.truncate(store.path(record), 2);
  REQUIRE(missing_in(store, "INBOX").size() == 1);
  store_again(store, record, kMail + "made anew by the server\n");
  CHECK(mail_files(store.disk).size() == 1);
  CHECK_FALSE(kept_as_damaged(store).empty());
}

TEST_CASE("what is no plain file under a message's name is moved aside too", "[store][damaged]") {
  Store store;
  const MessageRecord record = store.store(1, 1, kMail);
  const std::string path = store.path(record);
  store.disk.remove(path);
  const bool link = GENERATE(true, false);
  if (link) {
    store.disk.put_link(path);
  } else {
    store.disk.put(path + "/", "");
  }
  REQUIRE(missing_in(store, "INBOX").size() == 1);
  store_again(store, record, kMail);
  CHECK(store.disk.files().at(path) == kMail);
  CHECK(store.ledger.live.at(record.key).number == 1);
}

TEST_CASE("a damaged file is never taken for the copy that lives on", "[store][damaged]") {
  Store store;
  const MessageRecord leaving = store.store(1, 1, kMail);
  store.disk.set_link_error(1);  // two files, as in a mirror that lost its hard links
  const MessageRecord other = store.store(2, 1, kMail);
  store.disk.truncate(store.path(other), 3);
  Batch batch;
  batch.departures = {store.departure(leaving, GoneTo::kMoved)};
  batch.departures.front().other_copy = store.ledger.place(other);
  store.commit(batch);
  REQUIRE(store.ledger.gone.size() == 1);
  CHECK(store.ledger.gone.front().to == GoneTo::kKept);
  const auto kept = mail_files(store.disk, true);
  REQUIRE(kept.size() == 1);
  CHECK(mail_at(store.disk, kept.front()) == kMail);
}

TEST_CASE("a message whose file is damaged when it leaves is lost, and the file kept",
          "[store][damaged]") {
  Store store;
  const MessageRecord record = store.store(1, 1, kMail);
  store.disk.truncate(store.path(record), 3);
  Batch batch;
  batch.departures = {store.departure(record, GoneTo::kKept)};
  store.commit(batch);
  REQUIRE(store.ledger.gone.size() == 1);
  CHECK(store.ledger.gone.front().to == GoneTo::kLost);
  CHECK_FALSE(kept_as_damaged(store).empty());
  CHECK(mail_files(store.disk).empty());
}

TEST_CASE("times that a copy lost are set back", "[store][damaged]") {
  Store store;
  const MessageRecord record = store.store(1, 1, kMail);
  store.disk.date(store.path(record), 1);
  CHECK(missing_in(store, "INBOX").empty());
  CHECK(store.disk.mtime(store.path(record)) == kDate);
  const auto calls = store.disk.calls();
  CHECK(missing_in(store, "INBOX").empty());
  CHECK(store.disk.calls() == calls);
}

TEST_CASE("directories that a copy lost are made again", "[store][damaged]") {
  Store store;
  const auto before = look(store, "INBOX");
  const std::string lost = GENERATE("new", "tmp", "cur", "");
  store.disk.remove(lost.empty() ? kRoot + "/INBOX" : kRoot + "/INBOX/" + lost);
  const auto after = look(store, "INBOX");
  for (const char* part : {"cur", "new", "tmp"}) {
    CHECK(store.disk.directories().contains(kRoot + "/INBOX/" + part));
  }
  CHECK((before == after) == (lost == "new" || lost == "tmp"));
}

TEST_CASE("where a store lies is told, and a copy tells otherwise", "[store][damaged]") {
  Store store;
  REQUIRE(store.bench.close());
  const auto first = store.bench.open(store.ledger.store_id);
  REQUIRE(store.bench.close());
  const auto again = store.bench.open(store.ledger.store_id);
  REQUIRE(first);
  REQUIRE(again);
  CHECK(first->origin == again->origin);
  REQUIRE(store.bench.close());
  store.disk.become_copy();
  const auto copy = store.bench.open(store.ledger.store_id);
  REQUIRE(copy);
  CHECK_FALSE(copy->origin == first->origin);
}

TEST_CASE("an inode alone is no sign of a copy", "[store][damaged]") {
  struct Row {
    FileOrigin then;
    FileOrigin now;
    bool copy;
  };
  const std::vector<Row> rows = {
      {{7, 0, ""}, {7, 0, ""}, false},
      {{7, 0, ""}, {8, 0, ""}, false},  // sshfs numbers its files anew
      {{7, 5, ""}, {8, 5, ""}, true},
      {{7, 0, "ab"}, {8, 0, "ab"}, true},
      {{7, 0, ""}, {8, 5, ""}, true},
      {{7, 5, ""}, {8, 0, ""}, true},
      {{7, 5, ""}, {7, 6, ""}, true},
      {{7, 0, "ab"}, {7, 0, "cd"}, true},
      {{0, 0, ""}, {8, 5, "cd"}, false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.then.inode, row.then.born_ns, row.now.inode, row.now.born_ns);
    CHECK(is_copy(row.then, row.now) == row.copy);
  }
}

TEST_CASE("many damaged files of a folder cost one listing, not one each", "[store][damaged]") {
  Store store;
  std::vector<MessageRecord> records;
  for (std::uint32_t uid = 1; uid <= 30; ++uid) {
    records.push_back(store.store(1, uid, kMail + std::to_string(uid)));
    store.disk.truncate(store.path(records.back()), 0);
  }
  REQUIRE(missing_in(store, "INBOX").size() == records.size());
  Batch batch;
  for (const MessageRecord& record : records) {
    batch.messages.push_back(
        store.message(1, record.key.uid.value, kMail + std::to_string(record.key.uid.value)));
  }
  const auto before = store.disk.listings();
  store.commit(batch);
  CHECK(store.disk.listings() - before < 5);
  CHECK(missing_in(store, "INBOX").empty());
  CHECK(mail_files(store.disk, true).size() == records.size());
}

TEST_CASE("what leaves is looked for once for each folder, wherever it may be",
          "[store][damaged]") {
  Store store;
  Batch batch;
  for (std::uint32_t uid = 1; uid <= 30; ++uid) {
    const std::string bytes = kMail + std::to_string(uid);
    const MessageRecord leaving = store.store(1, uid, bytes);
    const MessageRecord other = store.store(2, uid, bytes);
    batch.departures.push_back(store.departure(leaving, GoneTo::kMoved));
    batch.departures.back().other_copy = store.ledger.place(other);
    const std::string path = store.path(other);
    // A reader has changed the letters.
    store.disk.move(path, path.substr(0, path.rfind(',') + 1) + "FRS");
    if (uid % 2 == 0) store.disk.remove(store.path(leaving));
  }
  const auto before = store.disk.listings();
  store.commit(batch);
  CHECK(store.disk.listings() - before < 10);
  REQUIRE(store.ledger.gone.size() == 30);
  for (const GoneRecord& gone : store.ledger.gone) CHECK(gone.to == GoneTo::kMoved);
}

TEST_CASE("a file that a reader named in no text does not make the journal unreadable",
          "[store][damaged]") {
  Store store;
  const MessageRecord record = store.store(1, 1, kMail);
  const std::string name = GENERATE(as<std::string>{}, "\xff", "\x01", "\xc3\x28", "\n");
  const std::string path = store.path(record) + name;
  store.disk.move(store.path(record), path);
  std::string kept = kRoot + "/.imapkeep/gone/2026-11-23" + path.substr(kRoot.size()) + ".zst";
  kept.erase(kept.find("cur/"), 4);
  store.disk.put(kept, "something else");
  Batch batch;
  batch.departures = {store.departure(record, GoneTo::kKept)};
  store.commit(batch);
  REQUIRE(store.ledger.gone.size() == 1);
  REQUIRE(store.bench.close());
  store.bench.stop();
  store.bench.start();
  ModelLedger anew;
  anew.store_id = store.ledger.store_id;
  const auto opened = store.bench.open_with(anew);
  if (!opened) FAIL(opened.error().what);
  CHECK(anew.gone.size() == 1);
  CHECK(store.disk.files().at(kept) == "something else");
  CHECK(mail_files(store.disk, true).size() == 2);
}
