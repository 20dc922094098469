// Stores of before: what they kept is compressed, what they received is removed; and the receiving
// place of today, INBOX/tmp, which others use too.
#include <catch2/catch.hpp>
#include <cerrno>

#include "tests/sync/store/maildir/opened_store.h"

using namespace imapkeep;
using namespace imapkeep::store_test;

namespace {

const std::string kGone = kRoot + "/.imapkeep/gone";

/// Name below gone/ → bytes, as an earlier version kept them.
std::map<std::string, std::string> former_files() {
  std::map<std::string, std::string> files;
  for (const std::string& in : {std::string("INBOX"), std::string("Lists/a%20b")}) {
    for (int n = 0; n < 3; ++n) {
      const std::string bytes = "kept " + std::to_string(n) + " of " + in + "\r\n";
      const MaildirStem stem{kDate, Xxh3::of(bytes), bytes.size(), bytes.size()};
      const std::string name = maildir_file(maildir_base(stem, 1, kHost), n == 0 ? "FS" : "");
      files["2026-11-2" + std::to_string(n) + "/" + in + "/cur/" + name] = bytes;
    }
  }
  files["2026-11-20/INBOX/cur/damaged.1.Hx:2,S"] = "half of a";
  files["2026-11-20/INBOX/new/from a reader"] = "mail in new\n";
  return files;
}

std::vector<std::string> receiving_now(const MemoryDisk& disk) {
  std::vector<std::string> paths;
  for (const auto& [path, bytes] : disk.files()) {
    if (path.find("/INBOX/tmp/") != std::string::npos) paths.push_back(path);
  }
  return paths;
}

std::string now_at(std::string former) {
  for (const char* part : {"/cur/", "/new/"}) {
    const std::size_t at = former.find(part);
    if (at != std::string::npos) former.erase(at, 4);
  }
  return former + ".zst";
}

void put_former(Store& store) {
  REQUIRE(store.bench.close());
  for (const auto& [path, bytes] : former_files()) store.disk.put(kGone + "/" + path, bytes);
  store.disk.put(kGone + "/2026-11-20/INBOX/tmp/", "");
  store.disk.put(kRoot + "/.imapkeep/tmp/7", "half");
  store.bench.stop();
  store.bench.start();
}

void check_converted(const MemoryDisk& disk) {
  const auto former = former_files();
  CHECK(mail_files(disk, true).size() == former.size());
  for (const auto& [path, bytes] : former) {
    CAPTURE(path);
    REQUIRE(disk.files().contains(kGone + "/" + now_at(path)));
    CHECK(mail_at(disk, ".imapkeep/gone/" + now_at(path)) == bytes);
  }
  for (const std::string& path : disk.directories()) {
    if (!path.starts_with(kGone)) continue;
    CAPTURE(path);
    for (const char* part : {"/cur", "/new", "/tmp"}) CHECK_FALSE(path.ends_with(part));
  }
  CHECK_FALSE(disk.directories().contains(kRoot + "/.imapkeep/tmp"));
}

/// Each is there, as it was or compressed.
void check_none_lost(const MemoryDisk& disk) {
  const auto files = disk.files();
  for (const auto& [path, bytes] : former_files()) {
    CAPTURE(path);
    const auto before = files.find(kGone + "/" + path);
    const auto after = files.find(kGone + "/" + now_at(path));
    const bool there = (before != files.end() && before->second == bytes) ||
                       (after != files.end() && unpacked_frame(after->second) == bytes);
    CHECK(there);
  }
}

}  // namespace

TEST_CASE("what an earlier version kept is compressed when the store is opened",
          "[store][former]") {
  Store store;
  put_former(store);
  const std::string one = kGone + "/2026-11-20/INBOX/new/from a reader";
  store.disk.date(one, 12345);
  store.disk.put_link(kGone + "/2026-11-21/INBOX/cur/damaged.link");
  REQUIRE(store.bench.open_with(store.ledger));
  CHECK(store.disk.files().contains(kGone + "/2026-11-21/INBOX/damaged.link") == false);
  store.disk.remove(kGone + "/2026-11-21/INBOX/damaged.link");
  check_converted(store.disk);
  CHECK(store.disk.mtime(kGone + "/2026-11-20/INBOX/from a reader.zst") == 12345);
  CHECK(store.bench.log.contains("store.kept_compressed"));
  // And once.
  REQUIRE(store.bench.close());
  store.bench.stop();
  store.bench.start();
  const auto before = store.disk.files();
  REQUIRE(store.bench.open_with(store.ledger));
  for (const auto& [path, bytes] : before) {
    if (path.starts_with(kGone)) CHECK(store.disk.files().at(path) == bytes);
  }
}

TEST_CASE("killed, or the power cut, at every call of that, nothing is lost and it is finished",
          "[store][former]") {
  const int how = GENERATE(0, 1, 2);
  bool died = true;
  for (std::uint64_t n = 1; died; ++n) {
    CAPTURE(how, n);
    Store store;
    put_former(store);
    store.disk.power_cut(MemoryDisk::Cut::kLoseNames);  // put() makes names durable
    store.bench.stop();
    store.bench.start();
    store.disk.kill_at(n);
    (void)store.bench.open_with(store.ledger);
    died = store.disk.killed();
    if (how == 1) store.disk.power_cut(MemoryDisk::Cut::kLoseNames);
    if (how == 2) store.disk.power_cut(MemoryDisk::Cut::kKeepNames);
    store.bench.stop();
    store.disk.reopen();
    check_none_lost(store.disk);
    store.bench.start();
    REQUIRE(store.bench.open_with(store.ledger));
    check_converted(store.disk);
    CHECK(n < 500);
  }
}

TEST_CASE("without room for that it is left, said, and mirrored all the same", "[store][former]") {
  Store store;
  put_former(store);
  std::string large;
  for (int i = 0; i < 4000; ++i) large += to_hex(Xxh3::of(std::to_string(i)));
  store.disk.put(kGone + "/2026-11-19/INBOX/cur/large", large);
  store.disk.set_free(10'000);
  REQUIRE(store.bench.open_with(store.ledger));
  CHECK(store.bench.log.contains("store.kept_not_compressed"));
  CHECK(store.disk.files().at(kGone + "/2026-11-19/INBOX/cur/large") == large);
  check_none_lost(store.disk);
  CHECK(store.store(1, 9, kMail).key.uid == Uid{9});
  store.disk.set_free(10'000'000);
  REQUIRE(store.bench.close());
  store.bench.stop();
  store.bench.start();
  REQUIRE(store.bench.open_with(store.ledger));
  CHECK(mail_at(store.disk, ".imapkeep/gone/2026-11-19/INBOX/large.zst") == large);
  store.disk.remove(kGone + "/2026-11-19/INBOX/large.zst");
  check_converted(store.disk);
}

TEST_CASE("one former file that cannot be read keeps no other from being compressed",
          "[store][former]") {
  Store store;
  put_former(store);
  const std::string closed = kGone + "/2026-11-20/INBOX/cur/damaged.1.Hx:2,S";
  store.disk.forbid(closed);
  REQUIRE(store.bench.open_with(store.ledger));
  CHECK(store.disk.files().contains(closed));
  CHECK(store.bench.log.contains("store.kept_not_compressed"));
  CHECK(mail_files(store.disk, true).size() == former_files().size());
  for (const std::string& path : mail_files(store.disk, true)) {
    CHECK((path.ends_with(".zst") || kRoot + "/" + path == closed));
  }
}

TEST_CASE("in INBOX/tmp only what is ours is removed", "[store][former]") {
  Store store;
  REQUIRE(store.bench.close());
  const std::string tmp = kRoot + "/INBOX/tmp/";
  store.disk.put(tmp + "imapkeep.7", "half of a message");
  store.disk.put(tmp + "imapkeep.kept.1", "half of a frame");
  store.disk.put(tmp + "1771568830.M1P2.host", "somebody delivers this");
  store.bench.stop();
  store.bench.start();
  REQUIRE(store.bench.open_with(store.ledger));
  CHECK_FALSE(store.disk.files().contains(tmp + "imapkeep.7"));
  CHECK_FALSE(store.disk.files().contains(tmp + "imapkeep.kept.1"));
  CHECK(store.disk.files().contains(tmp + "1771568830.M1P2.host"));
}

TEST_CASE("a message keeps today's date until it is named, so that no reader takes it for old",
          "[store][former]") {
  Store store;
  Batch batch;
  batch.messages = {store.message(1, 1, kMail)};
  const auto half = receiving_now(store.disk);
  REQUIRE(half.size() == 1);
  CHECK(store.disk.mtime(half.front()) != kDate);
  store.commit(batch);
  const std::string path = store.path(store.ledger.live.at({{1}, {1}, {1}}));
  CHECK(store.disk.mtime(path) == kDate);
  store.disk.power_cut(MemoryDisk::Cut::kLoseNames);
  CHECK(store.disk.mtime(path) == kDate);
}

TEST_CASE("a message that a reader removed before it was named is received again",
          "[store][former]") {
  Store store;
  Batch batch;
  batch.messages = {store.message(1, 1, kMail)};
  store.disk.remove(receiving_now(store.disk).front());
  const auto condemned = store.bench.commit(batch);
  REQUIRE_FALSE(condemned);
  CHECK(condemned.error().remedy == Remedy::kRetrySoon);
  CHECK(store.store(1, 1, kMail).key.uid == Uid{1});
}

TEST_CASE("an INBOX that somebody removed is there again at the next pass", "[store][former]") {
  Store store;
  store.store(1, 1, kMail);
  const bool rests = GENERATE(false, true);
  if (rests) {
    store.bench.store->rest();
    store.bench.workers.pump();
  }
  store.disk.remove(kRoot + GENERATE("/INBOX", "/INBOX/tmp"));
  REQUIRE(store.bench.open_with(store.ledger));
  CHECK(store.store(2, 1, "more\n").key.uid == Uid{1});
  for (const char* part : {"cur", "new", "tmp"}) {
    CHECK(store.disk.directories().contains(kRoot + "/INBOX/" + part));
  }
}

TEST_CASE("something in the way of INBOX keeps no other folder waiting", "[store][former]") {
  Store store;
  REQUIRE(store.bench.close());
  const std::string at = kRoot + GENERATE("/INBOX", "/INBOX/tmp");
  store.disk.remove(at);
  const int what = GENERATE(0, 1, 2);
  if (what == 0) store.disk.put(at, "a file");
  if (what == 1) store.disk.put_link(at);
  if (what == 2) store.disk.put(at + "/", "");
  if (what == 2) store.disk.forbid(at);
  store.bench.stop();
  store.bench.start();
  REQUIRE(store.bench.open_with(store.ledger));
  const MessageRecord record = store.store(2, 1, kMail);
  CHECK(store.disk.files().at(store.path(record)) == kMail);
}

TEST_CASE("an INBOX that is renamed leaves the receiving place where it is", "[store][former]") {
  Store store;
  const MessageRecord record = store.store(1, 1, kMail);
  const NewMessage coming = store.message(1, 2, "on its way\n");
  const auto rename = [&](std::uint32_t id, const std::string& to) {
    Batch batch;
    batch.renamed_folders.push_back(
        {{id}, {to, NameEncoding::kUtf8}, '/', store.ledger.folders.at({id}).path, "", 0});
    store.commit(batch);
  };
  rename(1, "Old");
  CHECK(store.ledger.folders.at({1}).path == "Old");
  CHECK(store.disk.files().contains(store.path(record)));
  for (const char* part : {"cur", "new", "tmp"}) {
    CHECK(store.disk.directories().contains(kRoot + "/INBOX/" + part));
    CHECK(store.disk.directories().contains(kRoot + "/Old/" + part));
  }
  Batch batch;
  batch.messages = {coming};
  batch.messages.front().folder_path = "Old";
  store.commit(batch);
  rename(2, "INBOX");  // and another takes its place
  CHECK(store.ledger.folders.at({2}).path == "INBOX");
  CHECK_FALSE(store.disk.directories().contains(kRoot + "/Archive"));
  CHECK(store.store(2, 1, "more\n").key.uid == Uid{1});
}
