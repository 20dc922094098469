// A rename of a folder that was interrupted at any call, and before the next opening something has
// come into its way: the journal never says that mail is where it is not, and no folder's mail ends
// in another's.
#include <catch2/catch.hpp>

#include "tests/sync/store/maildir/opened_store.h"

using namespace imapkeep;
using namespace imapkeep::store_test;

namespace {

Batch rename_of(const FolderRecord& folder, const std::string& to) {
  Batch batch;
  batch.renamed_folders = {{folder.id, {to, NameEncoding::kUtf8}, '/', folder.path, "", 0}};
  return batch;
}

/// Killed at its n-th call while it renames Archive; false: it needs fewer.
bool interrupt(Store& store, std::uint64_t n) {
  store.disk.kill_at(n);
  const auto done = store.bench.commit(rename_of(store.ledger.folders.at({2}), "P/Next"));
  const bool killed = store.disk.killed();
  if (!killed) REQUIRE(done);
  store.bench.stop();
  store.disk.reopen();
  store.bench.start();
  return killed;
}

void check_each_is_there(Store& store) {
  for (const auto& [key, record] : store.ledger.live) {
    CAPTURE(store.path(record));
    CHECK(store.disk.files().contains(store.path(record)));
  }
}

void check_all_there(Store& store) {
  check_each_is_there(store);
  CHECK(mail_files(store.disk).size() == store.ledger.live.size());
}

}  // namespace

TEST_CASE("a rename that was interrupted, and its target cannot be reached", "[store][rename]") {
  const bool layered = GENERATE(false, true);
  const bool closed = GENERATE(false, true);
  CAPTURE(layered, closed);
  for (std::uint64_t n = 1;; ++n) {
    CAPTURE(n);
    Store store;
    store.store(2, 1, kMail);
    store.store(1, 1, "in another folder\n");
    if (layered) store.disk.set_lower_layer();
    const bool killed = interrupt(store, n);
    const std::string at = kRoot + "/P";
    const bool made = store.disk.directories().contains(at);
    if (closed && !made) store.disk.put(at + "/", "");
    if (closed) store.disk.forbid(at);
    if (!closed && made) store.disk.move(at, kRoot + "-elsewhere");
    if (!closed) store.disk.put(at, "a file in its place");
    const auto opened = store.bench.open_with(store.ledger);
    if (opened) {
      if (store.ledger.folders.at({2}).path == "Archive") check_each_is_there(store);
    } else {
      CHECK(opened.error().trouble == Trouble::kStore);
      CHECK(opened.error().remedy == Remedy::kRetryLater);
    }
    if (closed) store.disk.forbid(at, MemoryDisk::Denied::kNothing);
    if (!closed) store.disk.remove(at);
    if (!closed && made) store.disk.move(kRoot + "-elsewhere", at);
    REQUIRE(store.bench.open_with(store.ledger));
    check_all_there(store);
    REQUIRE(
        store.bench.commit_with(store.ledger, rename_of(store.ledger.folders.at({1}), "Another")));
    check_all_there(store);
    if (!killed) break;
  }
}

TEST_CASE("files that cannot be given back to where they came from are not forgotten",
          "[store][rename]") {
  for (std::uint64_t n = 1;; ++n) {
    CAPTURE(n);
    Store store;
    const MessageRecord record = store.store(2, 1, kMail);
    const std::string there = store.path(record);
    store.disk.set_lower_layer();
    if (!interrupt(store, n)) break;
    const bool staged = !store.disk.files().contains(there) &&
                        store.disk.directories().contains(kRoot + "/.imapkeep/moving/cur");
    if (!staged) continue;
    store.disk.put(there, "a reader's, under the same name");
    store.disk.put(kRoot + "/P/Next/cur/theirs", "x");
    const auto opened = store.bench.open_with(store.ledger);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().what.find(".imapkeep/moving/cur") != std::string::npos);
    store.disk.remove(there);
    REQUIRE(store.bench.open_with(store.ledger));
    CHECK(store.disk.files().at(store.path(record)) == kMail);
  }
}

TEST_CASE("a folder that is closed is not renamed, and all others are", "[store][rename]") {
  Store store;
  store.store(2, 1, kMail);
  store.store(1, 1, "in another folder\n");
  const std::string part = GENERATE("", "/cur");
  const std::string at = kRoot + "/Archive" + part;
  const auto denied = GENERATE(MemoryDisk::Denied::kAll, MemoryDisk::Denied::kEntering,
                               MemoryDisk::Denied::kChanging);
  if (GENERATE(false, true)) store.disk.set_lower_layer();
  store.disk.forbid(at, denied);
  Batch batch = rename_of(store.ledger.folders.at({2}), "P/Next");
  batch.renamed_folders.push_back(
      rename_of(store.ledger.folders.at({1}), "Another").renamed_folders.front());
  REQUIRE(store.bench.commit_with(store.ledger, batch));
  CHECK(store.ledger.folders.at({1}).path == "Another");
  // A directory may move whatever may be done in it.
  const bool stayed = store.disk.directories().contains(at);
  store.disk.forbid(stayed ? at : kRoot + "/P/Next" + part, MemoryDisk::Denied::kNothing);
  check_all_there(store);
}
