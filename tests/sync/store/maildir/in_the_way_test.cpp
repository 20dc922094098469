// A stray file, link or closed directory where a folder's mail belongs: that folder waits with a
// sentence that names the path, and all others are stored.
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>

#include "tests/sync/store/maildir/opened_store.h"

using namespace imapkeep;
using namespace imapkeep::store_test;

namespace {

enum class Stray { kFile, kLink, kClosed };

void put_stray(MemoryDisk& disk, const std::string& path, Stray stray) {
  disk.remove(path);
  if (stray == Stray::kFile) disk.put(path, "x");
  if (stray == Stray::kLink) disk.put_link(path);
  if (stray != Stray::kClosed) return;
  disk.put(path + "/", "");
  disk.forbid(path);
}

Result<FolderToken> look(Store& store, const std::string& folder) {
  return store.bench.wait<FolderToken>(
      [&](auto done) { return store.bench.store->folder_token(folder, {}, std::move(done)); });
}

}  // namespace

TEST_CASE("a new folder whose place is taken is left out and told", "[store][stray]") {
  Store store;
  const Stray stray = GENERATE(Stray::kFile, Stray::kLink, Stray::kClosed);
  const std::string at = GENERATE("Sent", "Lists", "Sent/cur");
  CAPTURE(at);
  put_stray(store.disk, kRoot + "/" + at, stray);
  Batch batch;
  batch.new_folders = {folder(3, "Sent"), folder(4, "Lists/a"), folder(5, "Drafts")};
  batch.messages.push_back(store.message(1, 1, kMail));
  const auto done = store.bench.commit(batch);
  REQUIRE(done);
  store.ledger.apply(done->records);
  REQUIRE(done->refused.size() == 1);
  const FolderRefusal& refusal = done->refused.front();
  CHECK(refusal.name == (at == "Lists" ? "Lists/a" : "Sent"));
  CHECK(refusal.why.what.find(kRoot + "/" + at) != std::string::npos);
  CHECK(refusal.why.trouble == Trouble::kMessage);
  CHECK(store.ledger.folders.size() == 4);
  CHECK(store.ledger.live.size() == 1);
}

TEST_CASE("a look at a folder whose place is taken concerns that folder alone", "[store][stray]") {
  Store store;
  const Stray stray = GENERATE(Stray::kFile, Stray::kLink, Stray::kClosed);
  const std::string at = GENERATE("Archive", "Archive/cur", "Archive/new", "Archive/tmp");
  CAPTURE(at);
  put_stray(store.disk, kRoot + "/" + at, stray);
  const auto archive = look(store, "Archive");
  const bool harmless = stray == Stray::kClosed && (at == "Archive/new" || at == "Archive/tmp");
  REQUIRE(static_cast<bool>(archive) == harmless);
  if (!harmless) {
    CHECK(archive.error().remedy == Remedy::kSkipMessage);
    CHECK(archive.error().trouble == Trouble::kMessage);
    CHECK(archive.error().what.find(kRoot + "/" + at) != std::string::npos);
  }
  CHECK(look(store, "INBOX"));
}

TEST_CASE("what may leave leaves, and the folder in whose way something lies stays",
          "[store][stray]") {
  Store store;
  const MessageRecord inbox = store.store(1, 1, kMail);
  const MessageRecord archive = store.store(2, 1, "another\n");
  const Stray stray = GENERATE(Stray::kFile, Stray::kLink, Stray::kClosed);
  const std::string at = GENERATE("Archive/cur", ".imapkeep/gone/2026-11-23/Archive");
  CAPTURE(at);
  put_stray(store.disk, kRoot + "/" + at, stray);
  Batch batch;
  batch.departures = {store.departure(archive, GoneTo::kKept),
                      store.departure(inbox, GoneTo::kKept)};
  const auto done = store.bench.commit(batch);
  REQUIRE(done);
  store.ledger.apply(done->records);
  REQUIRE(store.ledger.gone.size() == 1);
  CHECK(store.ledger.gone.front().key == inbox.key);
  REQUIRE(done->refused.size() == 1);
  CHECK(done->refused.front().folder == archive.key.folder);
}

TEST_CASE("a store opens whatever lies in gone/ and tmp/", "[store][stray]") {
  Store store;
  const MessageRecord record = store.store(1, 1, kMail);
  REQUIRE(store.bench.close());
  const Stray stray = GENERATE(Stray::kFile, Stray::kLink, Stray::kClosed);
  put_stray(store.disk, kRoot + "/.imapkeep/gone", stray);
  store.disk.put(kRoot + "/.imapkeep/tmp/theirs/", "");
  store.bench.stop();
  store.bench.start();
  REQUIRE(store.bench.open_with(store.ledger));
  CHECK(store.store(1, 2, "more\n").key.uid == Uid{2});
  Batch batch;
  batch.departures = {store.departure(record, GoneTo::kKept)};
  const auto done = store.bench.commit(batch);
  REQUIRE(done);
  CHECK(done->records.empty());
  CHECK(done->refused.size() == 1);
}

TEST_CASE("retention passes over what is not ours in gone/", "[store][stray]") {
  Store store;
  const Stray stray = GENERATE(Stray::kFile, Stray::kLink, Stray::kClosed);
  put_stray(store.disk, kRoot + "/.imapkeep/gone/2020-01-01", stray);
  store.disk.put(kRoot + "/.imapkeep/gone/2020-01-02/INBOX/cur/old", "x");
  const auto purged = store.bench.wait<std::uint64_t>(
      [&](auto done) { return store.bench.store->purge_gone(30, std::move(done)); });
  REQUIRE(purged);
  CHECK(*purged == 1);
}

TEST_CASE("a rename to a place that is taken by a stray file leaves the folder where it is",
          "[store][stray]") {
  Store store;
  const MessageRecord record = store.store(2, 1, kMail);
  const Stray stray = GENERATE(Stray::kFile, Stray::kLink, Stray::kClosed);
  put_stray(store.disk, kRoot + "/Old", stray);
  Batch batch;
  batch.renamed_folders = {{{2}, {"Old", NameEncoding::kUtf8}, '/', "Archive", "", 0}};
  const auto done = store.bench.commit(batch);
  REQUIRE(done);
  REQUIRE(done->refused.size() == 1);
  CHECK(done->refused.front().name == "Old");
  CHECK(store.disk.files().contains(store.path(record)));
}

TEST_CASE("a folder that is gone leaves what is not ours", "[store][stray]") {
  Store store;
  const Stray stray = GENERATE(Stray::kFile, Stray::kLink, Stray::kClosed);
  put_stray(store.disk, kRoot + "/Archive", stray);
  Batch batch;
  batch.gone_folders = {store.ledger.folders.at({2})};
  const auto done = store.bench.commit(batch);
  REQUIRE(done);
  store.ledger.apply(done->records);
  CHECK_FALSE(store.ledger.folders.contains({2}));
}

TEST_CASE("a folder that is closed keeps no other folder from storing the same bytes",
          "[store][stray]") {
  Store store;
  const MessageRecord other = store.store(2, 1, kMail);
  const std::string cur = kRoot + "/Archive/cur";
  const int fault = GENERATE(0, 1, 2, 3, 4);
  CAPTURE(fault);
  if (fault < 3)
    put_stray(store.disk, cur, std::array{Stray::kFile, Stray::kLink, Stray::kClosed}[fault]);
  if (fault == 3) store.disk.forbid(cur, MemoryDisk::Denied::kEntering);
  if (fault == 4) store.disk.forbid(store.path(other));  // the file alone cannot be read
  Batch batch;
  batch.messages.push_back(store.message(1, 1, kMail));
  batch.messages.front().same_bytes = store.ledger.place(other);
  store.commit(batch);
  const MessageRecord& stored = store.ledger.live.at({{1}, {1}, {1}});
  CHECK(store.disk.files().at(store.path(stored)) == kMail);
}

TEST_CASE("a file that cannot be read is nobody's orphan", "[store][stray]") {
  Store store;
  const MessageRecord former = store.store(1, 1, kMail);
  store.disk.forbid(store.path(former));
  store.ledger.live.clear();  // nobody claims it
  const MessageRecord stored = store.store(1, 2, kMail);
  CHECK(stored.number == 2);
  CHECK(store.disk.files().at(store.path(stored)) == kMail);
}

TEST_CASE("a folder that may be read and not entered concerns that folder alone",
          "[store][stray]") {
  Store store;
  const MessageRecord inbox = store.store(1, 1, kMail);
  const MessageRecord archive = store.store(2, 1, "another\n");
  const std::string at = kRoot + GENERATE("/Archive", "/Archive/cur");
  store.disk.forbid(at, MemoryDisk::Denied::kEntering);
  const auto looked = look(store, "Archive");
  REQUIRE_FALSE(looked);
  CHECK(looked.error().remedy == Remedy::kSkipMessage);
  CHECK(looked.error().trouble == Trouble::kMessage);
  CHECK(looked.error().what.find(at) != std::string::npos);

  Batch batch;
  batch.departures = {store.departure(archive, GoneTo::kKept),
                      store.departure(inbox, GoneTo::kKept)};
  const auto done = store.bench.commit(batch);
  REQUIRE(done);
  store.ledger.apply(done->records);
  REQUIRE(store.ledger.gone.size() == 1);
  CHECK(store.ledger.gone.front().key == inbox.key);
  REQUIRE(done->refused.size() == 1);
  CHECK(done->refused.front().folder == archive.key.folder);
}

TEST_CASE("a copy that cannot be seen is not relied on", "[store][stray]") {
  Store store;
  const MessageRecord leaving = store.store(1, 1, kMail);
  const MessageRecord other = store.store(2, 1, kMail);
  store.disk.forbid(kRoot + "/Archive/cur", MemoryDisk::Denied::kEntering);
  Batch batch;
  batch.departures = {store.departure(leaving, GoneTo::kMoved)};
  batch.departures.front().other_copy = store.ledger.place(other);
  store.commit(batch);
  REQUIRE(store.ledger.gone.size() == 1);
  CHECK(store.ledger.gone.front().to == GoneTo::kKept);
  CHECK(mail_files(store.disk, true).size() == 1);
}

TEST_CASE("where nothing may be changed nothing leaves, and elsewhere it does", "[store][stray]") {
  Store store;
  const MessageRecord inbox = store.store(1, 1, kMail);
  const MessageRecord archive = store.store(2, 1, "another\n");
  store.store(2, 2, "of another day\n");
  std::string at = kRoot + "/Archive/cur";
  if (GENERATE(false, true)) {
    at = kRoot + "/.imapkeep/gone/2026-11-23/Archive";
    store.disk.put(at + "/", "");
  }
  CAPTURE(at);
  store.disk.forbid(at, MemoryDisk::Denied::kChanging);
  const bool in_gone = at.find("gone") != std::string::npos;
  const GoneTo wish = GENERATE(GoneTo::kKept, GoneTo::kRemoved);
  const GoneTo to = in_gone ? GoneTo::kKept : wish;
  if (GENERATE(false, true)) store.disk.truncate(store.path(archive), 2);
  Batch batch;
  batch.departures = {store.departure(archive, to), store.departure(inbox, GoneTo::kKept)};
  const auto done = store.bench.commit(batch);
  REQUIRE(done);
  store.ledger.apply(done->records);
  REQUIRE(store.ledger.gone.size() == 1);
  CHECK(store.ledger.gone.front().key == inbox.key);
  REQUIRE(done->refused.size() == 1);
  CHECK(done->refused.front().why.what.find(at + ":") != std::string::npos);
  CHECK(store.disk.files().contains(store.path(archive)));
}

TEST_CASE("a folder that may not be changed any more waits, and the batch does not",
          "[store][stray]") {
  Store store;
  const MessageRecord archive = store.store(2, 1, "another\n");
  Batch batch;
  batch.messages.push_back(store.message(2, 2, "more\n"));
  batch.messages.push_back(store.message(1, 1, kMail));
  batch.flags = {{archive.key, store.ledger.place(archive), flags_of("FS")}};
  store.disk.forbid(kRoot + "/Archive/cur", MemoryDisk::Denied::kChanging);
  const auto done = store.bench.commit(batch);
  REQUIRE(done);
  store.ledger.apply(done->records);
  CHECK(store.ledger.live.contains({{1}, {1}, {1}}));
  CHECK_FALSE(store.ledger.live.contains({{2}, {1}, {2}}));
  CHECK(store.ledger.live.at(archive.key).flags == flags_of("FS"));  // what the server says
  REQUIRE_FALSE(done->refused.empty());
  for (const FolderRefusal& refusal : done->refused) CHECK(refusal.folder == archive.key.folder);
}

TEST_CASE("a message whose former one cannot leave does not take its key", "[store][stray]") {
  Store store;
  const MessageRecord former = store.store(2, 1, kMail);
  const std::string at = kRoot + "/.imapkeep/gone/2026-11-23/Archive";
  put_stray(store.disk, at, GENERATE(Stray::kFile, Stray::kLink, Stray::kClosed));
  const auto replace = [&] {
    Batch batch;
    batch.replaced = {store.departure(former, GoneTo::kKept)};
    batch.messages.push_back(store.message(2, 1, "another message\n"));
    batch.messages.push_back(store.message(1, 7, "and mail elsewhere\n"));
    const auto done = store.bench.commit(batch);
    REQUIRE(done);
    store.ledger.apply(done->records);
    return *done;
  };
  const Committed refused = replace();
  REQUIRE(refused.refused.size() == 1);
  CHECK(store.ledger.live.at(former.key).identity == former.identity);
  CHECK(store.ledger.live.contains({{1}, {1}, {7}}));
  CHECK(mail_files(store.disk).size() == 2);
  // So it is fetched once more.
  const auto owed = [](const Record& record) {
    return std::holds_alternative<QuarantineRecord>(record);
  };
  CHECK(std::count_if(refused.records.begin(), refused.records.end(), owed) == 1);

  store.disk.remove(at);
  replace();
  CHECK_FALSE(store.ledger.live.at(former.key).identity == former.identity);
  REQUIRE(store.ledger.gone.size() == 1);
  CHECK(store.ledger.gone.front().to == GoneTo::kKept);
}

TEST_CASE("where nobody has been, one look says so; a change of mode is a change",
          "[store][stray]") {
  Store store;
  store.disk.set_has_ctimes(true);
  store.store(2, 1, kMail);
  const auto look_again = [&](const FolderToken& known) {
    return store.bench.wait<FolderToken>([&](auto done) {
      return store.bench.store->folder_token("Archive", known, std::move(done));
    });
  };
  const auto token = look_again({});
  REQUIRE(token);
  const auto before = store.disk.looks();
  CHECK(*look_again(*token) == *token);
  CHECK(store.disk.looks() == before + 1);
  store.disk.remove(kRoot + "/Archive/new");
  CHECK(look_again({}));
  CHECK(store.disk.directories().contains(kRoot + "/Archive/new"));
  store.disk.forbid(kRoot + "/Archive/cur", MemoryDisk::Denied::kChanging);
  const auto closed = look_again(*token);
  REQUIRE_FALSE(closed);
  CHECK(closed.error().remedy == Remedy::kSkipMessage);
}
