#include <catch2/catch.hpp>
#include <cerrno>

#include "tests/sync/store/maildir/store_bench.h"

using namespace imapkeep;
using namespace imapkeep::store_test;

namespace {

const std::string kJson = kRoot + "/.imapkeep/store.json";

bool says(const Error& error, const std::string& words) {
  return error.what.find(words) != std::string::npos;
}

/// A store with one folder, and what its ledger knows.
ModelLedger made_store(MemoryDisk& disk) {
  make_disk(disk);
  StoreBench bench(disk);
  ModelLedger ledger;
  REQUIRE(bench.open_with(ledger));
  Batch batch;
  batch.new_folders.push_back(folder(1, "INBOX"));
  REQUIRE(bench.commit_with(ledger, batch));
  REQUIRE(bench.close());
  return ledger;
}

}  // namespace

TEST_CASE("a store is made where there is nothing, once") {
  MemoryDisk disk;
  make_disk(disk);
  StoreBench bench(disk);
  const auto made = bench.open();
  REQUIRE(made);
  CHECK(made->created);
  CHECK(made->clean);
  CHECK(made->journal_end == JournalPosition{});
  CHECK(made->store_id.size() == 32);
  CHECK(disk.files().at(kJson) ==
        "{\"format\":1,\"store\":\"" + made->store_id +
            "\",\"layout\":\"nested\",\"host\":\"imap.example.org\",\"account\":\"work\","
            "\"created\":\"2026-11-23T10:00:00Z\"}\n");
  REQUIRE(bench.close());
  const auto again = bench.open(made->store_id);
  REQUIRE(again);
  CHECK(again->store_id == made->store_id);
  CHECK_FALSE(again->created);
}

TEST_CASE("what is expected and not there is an error, and nothing is created") {
  MemoryDisk disk;
  make_disk(disk);
  const ModelLedger ledger = made_store(disk);
  struct Row {
    std::string what;
    std::string removed;
  };
  for (const Row& row : {Row{"ROOT", kRoot}, Row{".imapkeep", kRoot + "/.imapkeep"},
                         Row{"store.json", kJson}, Row{"the parent", "/srv/mail"}}) {
    CAPTURE(row.what);
    MemoryDisk other;
    made_store(other);
    other.remove(row.removed);
    const auto files = other.files();
    const auto directories = other.directories();
    const std::uint64_t calls = other.calls();
    StoreBench bench(other);
    const auto opened = bench.open(ledger.store_id);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().trouble == Trouble::kStore);
    CHECK(opened.error().remedy == Remedy::kNeedsOperator);
    CHECK(says(opened.error(), "not mounted?"));
    CHECK(other.files() == files);
    CHECK(other.directories() == directories);
    CHECK(other.calls() == calls);
  }
}

TEST_CASE("ROOT is made only below a parent that is there") {
  MemoryDisk disk;
  StoreBench bench(disk);
  const auto opened = bench.open();
  REQUIRE_FALSE(opened);
  CHECK(says(opened.error(), "not mounted?"));
  CHECK(disk.directories() == std::set<std::string>{""});
}

TEST_CASE("a store that the ledger does not know says for whom it was made") {
  MemoryDisk disk;
  const ModelLedger ledger = made_store(disk);
  {
    StoreBench same(disk);
    const auto opened = same.open();
    REQUIRE(opened);
    CHECK(opened->store_id == ledger.store_id);
    CHECK_FALSE(opened->created);
    CHECK(opened->journal_end == ledger.end);
  }
  for (const auto& [account, host] :
       std::map<std::string, std::string>{{"other", kHost}, {"work", "mail.example.net"}}) {
    StoreBench bench(disk, account, host);
    // An account may be renamed, a server may move: whose mail it is, its messages must show.
    for (const std::string& expected : {std::string(), ledger.store_id}) {
      const auto opened = bench.open(expected);
      REQUIRE(opened);
      CHECK(opened->made_account == "work");
      CHECK(opened->made_host == kHost);
    }
  }
  StoreBench wrong(disk);
  const auto opened = wrong.open(std::string(32, 'a'));
  REQUIRE_FALSE(opened);
  CHECK(says(opened.error(), ledger.store_id));
}

TEST_CASE("a damaged or missing identity never becomes a new one") {
  struct Row {
    std::string json;
    std::string says;
  };
  const std::string id(32, 'a');
  for (const Row& row : {Row{"", "damaged"}, Row{"{", "damaged"}, Row{"[]", "damaged"},
                         Row{"{\"format\":1}", "damaged"},
                         Row{"{\"format\":1,\"store\":\"xyz\",\"layout\":\"nested\",\"host\":\"h\","
                             "\"account\":\"a\"}",
                             "damaged"},
                         Row{"{\"format\":2,\"store\":\"" + id + "\"}", "later version"},
                         Row{"{\"format\":1,\"store\":\"" + id +
                                 "\",\"layout\":\"maildir++\",\"host\":\"h\",\"account\":\"a\"}",
                             "not in this version"},
                         Row{"\xff\xfe", "damaged"}}) {
    CAPTURE(row.json);
    MemoryDisk disk;
    made_store(disk);
    disk.put(kJson, row.json);
    StoreBench bench(disk);
    const auto opened = bench.open();
    REQUIRE_FALSE(opened);
    CHECK(says(opened.error(), row.says));
    CHECK(disk.files().at(kJson) == row.json);
  }
  MemoryDisk disk;
  made_store(disk);
  disk.remove(kJson);
  StoreBench bench(disk);
  const auto opened = bench.open();
  REQUIRE_FALSE(opened);
  CHECK(says(opened.error(), "there is a journal"));
  CHECK(disk.files().count(kJson) == 0);
}

TEST_CASE("one writer at a time") {
  MemoryDisk disk;
  make_disk(disk);
  StoreBench first(disk);
  const auto made = first.open();
  REQUIRE(made);
  StoreBench second(disk);
  const auto refused = second.open(made->store_id);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().trouble == Trouble::kBusy);
  REQUIRE(first.close());
  CHECK(second.open(made->store_id));
}

TEST_CASE("something in the way, a read-only disk, a damaged journal: said, nothing changed") {
  SECTION("a file where .imapkeep belongs") {
    MemoryDisk disk;
    disk.put(kRoot + "/.imapkeep", "x");
    StoreBench bench(disk);
    const auto opened = bench.open();
    REQUIRE_FALSE(opened);
    CHECK(says(opened.error(), "not a directory"));
  }
  SECTION("a link where .imapkeep belongs") {
    MemoryDisk disk;
    disk.put_link(kRoot + "/.imapkeep");
    StoreBench bench(disk);
    CHECK_FALSE(bench.open());
  }
  SECTION("a file where ROOT belongs") {
    MemoryDisk disk;
    disk.put(kRoot, "x");
    StoreBench bench(disk);
    CHECK(bench.open().error().os_code == ENOTDIR);
  }
  SECTION("a read-only disk") {
    MemoryDisk disk;
    const ModelLedger ledger = made_store(disk);
    disk.set_read_only(true);
    StoreBench bench(disk);
    CHECK(bench.open(ledger.store_id).error().os_code == EROFS);
  }
  SECTION("a damaged journal") {
    MemoryDisk disk;
    const ModelLedger ledger = made_store(disk);
    const std::string segment = kRoot + "/.imapkeep/journal/0000000001.jsonl";
    std::string text = disk.files().at(segment);
    text[text.find("INBOX")] = 'X';
    disk.put(segment, text);
    StoreBench bench(disk);
    const auto opened = bench.open(ledger.store_id);
    REQUIRE_FALSE(opened);
    CHECK(says(opened.error(), "0000000001.jsonl, line 2"));
  }
}

TEST_CASE("an open store is asked again who it is") {
  MemoryDisk disk;
  const ModelLedger ledger = made_store(disk);
  StoreBench bench(disk);
  REQUIRE(bench.open(ledger.store_id));
  REQUIRE(bench.open(ledger.store_id));
  const bool resting = GENERATE(false, true);
  CAPTURE(resting);
  if (resting) bench.store->rest();
  disk.move(kRoot, "/srv/mail/elsewhere");  // unmounted, as it were
  const auto gone = bench.open(ledger.store_id);
  REQUIRE_FALSE(gone);
  CHECK(says(gone.error(), "not mounted?"));
  Batch batch;
  batch.new_folders.push_back(folder(2, "a"));
  CHECK_FALSE(bench.commit(batch));
  disk.move("/srv/mail/elsewhere", kRoot);
  CHECK(bench.open(ledger.store_id));
}

TEST_CASE("a resting store keeps its lock, and goes on where it was") {
  MemoryDisk disk;
  ModelLedger ledger = made_store(disk);
  StoreBench bench(disk);
  REQUIRE(bench.open_with(ledger));
  const auto store_one = [&](std::uint32_t uid) {
    Batch batch;
    batch.messages.push_back(
        bench.message({1}, "INBOX", uid, "mail " + std::to_string(uid) + "\r\n", 1771568830, "S"));
    const bool durable = !bench.last_durable.error;
    return bench.commit_with(ledger, batch) && durable;
  };
  REQUIRE(store_one(1));
  const JournalPosition end = ledger.end;
  bench.store->rest();
  StoreBench other(disk);
  CHECK(other.open(ledger.store_id).error().trouble == Trouble::kBusy);
  CHECK(bench.wait<FolderToken>(
      [&](auto done) { return bench.store->folder_token("INBOX", {}, std::move(done)); }));
  bench.store->rest();
  REQUIRE(bench.open_with(ledger));
  REQUIRE(store_one(2));
  REQUIRE(store_one(3));
  CHECK(ledger.end.segment == end.segment);
  CHECK(mail_files(disk).size() == 3);

  SECTION("closed as clean") {
    bench.store->rest();
    REQUIRE(bench.close());
    CHECK(other.open(ledger.store_id)->clean);
  }
  SECTION("another journal was put in its place") {
    bench.store->rest();
    disk.move(kRoot + "/.imapkeep/journal", "/srv/mail/journal");
    CHECK_FALSE(store_one(4));
    CHECK(mail_files(disk).size() == 3);
    const auto opened = bench.open(ledger.store_id);
    REQUIRE(opened);
    CHECK(opened->journal_end == JournalPosition{});  // and the ledger will say that it knows more
  }
  SECTION("a copy of the segment was put in its place") {
    const bool resting = GENERATE(false, true);
    CAPTURE(resting);
    if (resting) bench.store->rest();
    const std::string segment = kRoot + "/.imapkeep/journal/0000000002.jsonl";
    const std::string text = disk.files().at(segment);
    disk.remove(segment);
    disk.put(segment, text);
    REQUIRE(bench.open_with(ledger));
    REQUIRE(store_one(4));
    CHECK(ledger.end.segment == 3);  // and not into the one that has no name any more
  }
  SECTION("not while a message is on its way in") {
    const IncomingId incoming = bench.store->begin();
    bench.store->append(incoming, "mail 5\r\n");
    bench.store->rest();
    CHECK_FALSE(bench.receive(incoming, "", 1771568830).error);
  }
}

TEST_CASE("a store being made survives a stop at every call") {
  for (int mode = 0; mode < 3; ++mode) {
    for (std::uint64_t n = 1;; ++n) {
      CAPTURE(mode, n);
      MemoryDisk disk;
      make_disk(disk);
      {
        StoreBench bench(disk);
        disk.kill_at(n);
        const auto opened = bench.open();
        if (opened && !disk.killed()) break;
      }
      if (mode == 0) disk.reopen();
      if (mode == 1) disk.power_cut(MemoryDisk::Cut::kLoseNames);
      if (mode == 2) disk.power_cut(MemoryDisk::Cut::kKeepNames);
      StoreBench bench(disk);
      // With the name there and the bytes lost nobody can know; then it says so. Never a second id.
      const auto opened = bench.open();
      REQUIRE(opened);
      CHECK(disk.files().at(kJson).find(opened->store_id) != std::string::npos);
    }
  }
}
