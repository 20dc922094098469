// A stray file, link or closed directory where a folder's mail belongs: that folder waits with a
// sentence that names the path, and all others are stored.
#include <catch2/catch.hpp>

#include "tests/sync/store/opened_store.h"

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

Result<std::int64_t> look(Store& store, const std::string& folder) {
  return store.bench.wait<std::int64_t>(
      [&](auto done) { return store.bench.store->cur_mtime(folder, std::move(done)); });
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
