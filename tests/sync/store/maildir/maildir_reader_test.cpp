// What a reader meets in a Maildir and in no other store: files that others renamed, folders on
// their way, mail that an earlier version kept, and things that lie in the way.
#include "sync/store/maildir/maildir_reader.h"

#include <catch2/catch.hpp>
#include <cerrno>

#include "tests/sync/store/maildir/opened_store.h"

using namespace imapkeep;
using namespace imapkeep::store_test;

namespace {

struct Reader {
  explicit Reader(Store& over, std::size_t at_once = 1)
      : store(over),
        reader(over.disk, workers, log.log(), {kRoot, 0}, at_once),
        driver([this] { workers.pump(); }) {
    const auto opened = driver.wait<StoreSummary>(
        [&](auto done) { return reader.open(store.ledger.store_id, std::move(done)); });
    if (!opened) FAIL(opened.error().what);
    REQUIRE(opened->store_id == store.ledger.store_id);
  }
  Result<StoredEntry> find(const MessageRecord& record,
                           const std::optional<GoneRecord>& gone = std::nullopt) {
    auto found = driver.wait<std::vector<Result<StoredEntry>>>([&](auto done) {
      return reader.find({{store.ledger.place(record), gone}}, std::move(done));
    });
    REQUIRE(found);
    return found->front();
  }
  Result<std::string> read(const BytesPlace& place) {
    const auto stream = reader.read(place);
    std::string bytes;
    while (true) {
      const auto block =
          driver.wait<MessageBlock>([&](auto done) { return stream->next(std::move(done)); });
      if (!block) return block.error();
      bytes += block->bytes;
      if (block->end) return bytes;
    }
  }
  Result<std::vector<StoredEntry>> list(const std::string& folder, StoreArea area) {
    const auto listing = reader.list(folder, area);
    return driver.wait<std::vector<StoredEntry>>(
        [&](auto done) { return listing->next(std::move(done)); });
  }
  Result<std::vector<std::string>> folders(StoreArea area) {
    return driver.wait<std::vector<std::string>>(
        [&](auto done) { return reader.folders(area, std::move(done)); });
  }

  Store& store;
  InlineWorkers workers;
  LogProbe log;
  MaildirReader reader;
  StoreDriver driver;
};

std::string in_folder(const std::string& name) { return kRoot + "/INBOX/cur/" + name; }

}  // namespace

TEST_CASE("a message that another program renamed is found by its bytes, and left so", "[reader]") {
  Store store;
  const MessageRecord record = store.store(1, 1, kMail);
  const MessageRecord other = store.store(1, 2, "of another size\n");
  const std::string renamed =
      store.path(record).substr(0, store.path(record).find(",S=")) + ",a=O,u=7:2,RS";
  const std::string not_ours =
      store.path(other).substr(0, store.path(other).find(",S=")) + ",a=O,u=8:2,RS";
  store.disk.move(store.path(record), renamed);
  store.disk.remove(store.path(other));
  store.disk.put(not_ours, "of another hash\n");
  const auto before = store.disk.files();
  Reader reader(store);
  const auto found = reader.find(record);
  REQUIRE(found);
  CHECK(found->kind == StoredEntry::Kind::kMessage);
  CHECK(kRoot + "/" + found->place.text == renamed);
  CHECK(*reader.read(found->place) == kMail);
  CHECK(reader.find(other).error().os_code == ENOENT);
  CHECK(store.disk.files() == before);
}

TEST_CASE("a message that a reader has put into new/ is found there", "[reader]") {
  Store store;
  const MessageRecord record = store.store(1, 1, kMail);
  const std::string name = store.path(record).substr(store.path(record).rfind('/') + 1);
  store.disk.move(store.path(record), kRoot + "/INBOX/new/" + name);
  Reader reader(store);
  const auto found = reader.find(record);
  REQUIRE(found);
  CHECK(found->place.text == "INBOX/new/" + name);
  CHECK(reader.list("INBOX", StoreArea::kLive)->size() == 1);
}

TEST_CASE("mail is found wherever an interrupted rename has left it", "[reader][rename]") {
  const bool layered = GENERATE(false, true);
  for (std::uint64_t n = 1;; ++n) {
    CAPTURE(layered, n);
    Store store;
    const MessageRecord record = store.store(2, 1, kMail);
    const MessageRecord second = store.store(2, 2, "second\n");
    if (layered) store.disk.set_lower_layer();
    Batch batch;
    batch.renamed_folders = {{{2}, {"P/Next", NameEncoding::kUtf8}, '/', "Archive", "", 0}};
    store.disk.kill_at(n);
    const auto done = store.bench.commit(batch);
    const bool killed = store.disk.killed();
    store.bench.stop();
    store.disk.reopen();
    if (!killed) REQUIRE(done);
    const std::uint64_t calls = store.disk.calls();
    Reader reader(store);
    const auto chunk = reader.driver.wait<JournalChunk>(
        [&](auto told) { return reader.reader.read_journal(store.ledger.end, std::move(told)); });
    REQUIRE(chunk);
    store.ledger.apply(chunk->records);
    for (const MessageRecord& one : {record, second}) {
      const auto found = reader.find(one);
      if (!found) FAIL(found.error().what);
      CHECK(reader.read(found->place));
    }
    std::size_t listed = 0;
    for (const std::string path : {"Archive", "P/Next"}) {
      listed += reader.list(path, StoreArea::kLive)->size();
    }
    CHECK(listed == 2);
    CHECK(store.disk.calls() == calls);
    if (!killed) return;
  }
}

TEST_CASE("mail that an earlier version kept as it was is read as it is", "[reader][kept]") {
  Store store;
  const MessageRecord record = store.store(1, 1, kMail);
  GoneRecord gone{record.key, GoneTo::kKept, unix_ms(store.bench.clock.now)};
  const std::string name = store.path(record).substr(store.path(record).rfind('/') + 1);
  const std::string kept = "2026-11-23/INBOX/cur/" + name;
  store.disk.move(store.path(record), kRoot + "/.imapkeep/former");
  store.disk.put(kRoot + "/.imapkeep/gone/" + kept, kMail);
  store.disk.put(kRoot + "/.imapkeep/gone/2026-11-23/INBOX/cur/damaged." + name, "half");
  SECTION("as its record says") { gone.place = kept; }
  SECTION("under its day") {}
  Reader reader(store);
  const auto found = reader.find(record, gone);
  REQUIRE(found);
  CHECK(found->kind == StoredEntry::Kind::kMessage);
  CHECK(found->day == "2026-11-23");
  CHECK(found->folder_path == "INBOX");
  CHECK(*reader.read(found->place) == kMail);
  const auto entries = reader.list("INBOX", StoreArea::kKept);
  REQUIRE(entries);
  CHECK(entries->size() == 2);
  CHECK(*reader.folders(StoreArea::kKept) == std::vector<std::string>{"INBOX"});
}

TEST_CASE("a record of before kept mail was compressed leads to what it is now", "[reader][kept]") {
  Store store;
  const MessageRecord record = store.store(1, 1, kMail);
  Batch batch;
  batch.departures.push_back(store.departure(record, GoneTo::kKept));
  store.commit(batch);
  GoneRecord gone = store.ledger.gone.back();
  const std::string name = store.path(record).substr(store.path(record).rfind('/') + 1);
  gone.place = "2026-11-23/INBOX/cur/" + name;
  StoredPlace elsewhere = store.ledger.place(record);
  elsewhere.folder_path = "Of another name now";
  Reader reader(store);
  const auto found = reader.driver.wait<std::vector<Result<StoredEntry>>>([&](auto done) {
    return reader.reader.find({{elsewhere, gone}}, std::move(done));
  });
  REQUIRE(found);
  REQUIRE(found->front());
  CHECK(found->front()->folder_path == "INBOX");
  CHECK(*reader.read(found->front()->place) == kMail);
}

TEST_CASE("the number that a kept file got leads to it", "[reader][kept]") {
  Store store;
  const MessageRecord first = store.store(1, 1, kMail);
  Batch batch;
  batch.departures.push_back(store.departure(first, GoneTo::kKept));
  store.commit(batch);
  const std::string there = mail_files(store.disk, true).front();
  store.disk.put(kRoot + "/" + there, "no frame, and so no message");
  const MessageRecord second = store.store(1, 2, kMail);  // of the same name
  batch.departures = {store.departure(second, GoneTo::kKept)};
  store.commit(batch);
  const GoneRecord gone = store.ledger.gone.back();
  REQUIRE_FALSE(gone.place.empty());
  Reader reader(store);
  const auto found = reader.find(second, gone);
  REQUIRE(found);
  CHECK(*reader.read(found->place) == kMail);
}

TEST_CASE("what lies in the way concerns its folder alone", "[reader]") {
  Store store;
  const MessageRecord closed = store.store(1, 1, kMail);
  const MessageRecord fine = store.store(2, 1, "fine\n");
  store.bench.stop();
  store.disk.forbid(kRoot + "/INBOX/cur");
  Reader reader(store);
  const auto refused = reader.find(closed);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().os_code == EACCES);
  CHECK(refused.error().trouble == Trouble::kMessage);
  const auto found = reader.find(fine);
  REQUIRE(found);
  CHECK(*reader.read(found->place) == "fine\n");
  CHECK_FALSE(reader.list("INBOX", StoreArea::kLive));
  CHECK(reader.list("Archive", StoreArea::kLive)->size() == 1);
  CHECK(reader.folders(StoreArea::kLive)->size() == 2);
}

TEST_CASE("a message that may not be read says what to do", "[reader]") {
  Store store;
  const MessageRecord record = store.store(1, 1, kMail);
  store.disk.forbid(store.path(record));
  Reader reader(store);
  const auto found = reader.find(record);
  REQUIRE(found);
  const auto bytes = reader.read(found->place);
  REQUIRE_FALSE(bytes);
  CHECK(bytes.error().trouble == Trouble::kMessage);
  CHECK(bytes.error().what.find("permission denied") != std::string::npos);
}

TEST_CASE("links are told and never followed, and directories are no messages", "[reader]") {
  Store store;
  const MessageRecord record = store.store(1, 1, kMail);
  const std::string name = store.path(record).substr(store.path(record).rfind('/') + 1);
  store.disk.remove(store.path(record));
  store.disk.put_link(in_folder(name));
  store.disk.put(in_folder("a directory/"), "");
  Reader reader(store);
  const auto entries = reader.list("INBOX", StoreArea::kLive);
  REQUIRE(entries);
  REQUIRE(entries->size() == 2);
  for (const StoredEntry& entry : *entries) {
    CHECK(entry.kind ==
          (entry.name == name ? StoredEntry::Kind::kDamaged : StoredEntry::Kind::kForeign));
    CHECK_FALSE(reader.read(entry.place));
  }
}

TEST_CASE("no place leads out of the store", "[reader]") {
  Store store;
  store.disk.put("/srv/mail/secret", "not yours");
  store.disk.put("/srv/secret", "not yours");
  Reader reader(store);
  for (const char* place : {"../secret", "INBOX/../../secret", "/srv/mail/secret", "", "/", "INBOX",
                            "INBOX/cur/..", ".imapkeep/gone/../../../secret"}) {
    CAPTURE(place);
    CHECK_FALSE(reader.read({place}));
  }
}

TEST_CASE("files of a folder below this one are not this one's", "[reader][kept]") {
  Store store;
  Batch batch;
  batch.new_folders = {folder(3, "INBOX/Below")};
  store.commit(batch);
  for (const std::uint32_t id : {1U, 3U}) {
    const MessageRecord record = store.store(id, 1, "of " + std::to_string(id));
    batch = {};
    batch.departures.push_back(store.departure(record, GoneTo::kKept));
    store.commit(batch);
  }
  Reader reader(store);
  CHECK(reader.list("INBOX", StoreArea::kKept)->size() == 1);
  CHECK(reader.list("INBOX/Below", StoreArea::kKept)->size() == 1);
  CHECK(*reader.folders(StoreArea::kKept) == std::vector<std::string>{"INBOX", "INBOX/Below"});
}

TEST_CASE("what is on its way in is not there yet", "[reader]") {
  Store store;
  (void)store.message(1, 1, kMail);
  Reader reader(store);
  CHECK(reader.list("INBOX", StoreArea::kLive)->empty());
  CHECK(*reader.folders(StoreArea::kLive) == std::vector<std::string>{"Archive", "INBOX"});
}

TEST_CASE("a store whose journal a copy has lost gives its mail all the same", "[reader]") {
  Store store;
  const MessageRecord record = store.store(1, 1, kMail);
  REQUIRE(store.bench.close());
  store.disk.move(kRoot + "/.imapkeep/journal", "/srv/journal");
  Reader reader(store);
  const auto found = reader.find(record);
  REQUIRE(found);
  CHECK(*reader.read(found->place) == kMail);
  const auto chunk = reader.driver.wait<JournalChunk>(
      [&](auto done) { return reader.reader.read_journal({}, std::move(done)); });
  REQUIRE(chunk);
  CHECK(chunk->at_end);
  CHECK(chunk->records.empty());
}

TEST_CASE("each strand opens the store that was opened, and no other", "[reader]") {
  Store store;
  const MessageRecord record = store.store(1, 1, kMail);
  Reader reader(store, 3);
  CHECK(reader.find(record));
  // Another store is mounted there before the third strand has been asked for anything.
  REQUIRE(store.bench.close());
  store.disk.move(kRoot, "/srv/elsewhere");
  StoreBench other(store.disk);
  (void)other.random.next_u64();  // another id
  REQUIRE(other.open());
  const auto refused = reader.driver.wait<std::vector<Result<StoredEntry>>>([&](auto done) {
    return reader.reader.find({{store.ledger.place(record)}}, std::move(done));
  });
  REQUIRE_FALSE(refused);
  CHECK(refused.error().what.find(store.ledger.store_id) != std::string::npos);
}
