// What leaves is compressed, kept once, and gone from the live tree only when it is durable; what
// there is no room for waits.
#include <catch2/catch.hpp>
#include <cerrno>

#include "sync/store/maildir/kept_files.h"
#include "sync/store/maildir/kept_frame.h"
#include "tests/sync/store/maildir/opened_store.h"

using namespace imapkeep;
using namespace imapkeep::store_test;

namespace {

/// A root with one file, and what a frame of it is.
struct Frames {
  MemoryDisk disk;
  std::unique_ptr<Directory> root;

  Frames() {
    disk.put("/d/", "");
    root = std::move(*disk.open_root("/d"));
  }
  Result<Done> pack(const std::string& bytes, std::uint64_t size) {
    disk.put("/d/mail", bytes);
    disk.remove("/d/frame");
    auto from = root->read("mail");
    auto to = root->create("frame");
    return write_frame(**from, size, **to);
  }
  Result<std::string> unpack(std::size_t block_size) {
    const auto frame = read_frame(std::move(*root->read("frame")), "/d/frame");
    std::string bytes;
    std::string block(block_size, '\0');
    while (true) {
      const auto got = frame->read(block);
      if (!got) return got.error();
      if (*got == 0) return bytes;
      bytes.append(block, 0, *got);
    }
  }
};

std::string noise(std::size_t size) {
  std::string bytes;
  for (std::uint64_t i = 0; bytes.size() < size; ++i) bytes += to_hex(Xxh3::of(std::to_string(i)));
  bytes.resize(size);
  return bytes;
}

std::vector<std::string> receiving(const MemoryDisk& disk) {
  std::vector<std::string> names;
  for (const auto& [path, bytes] : disk.files()) {
    if (path.find("/tmp/") != std::string::npos) names.push_back(path);
  }
  return names;
}

}  // namespace

TEST_CASE("a frame gives back what was put into it", "[store][kept]") {
  Frames frames;
  for (const std::size_t size : {0U, 1U, 5U, 63U, 65536U, 65537U, 131072U, 700'000U}) {
    for (const std::size_t block : {1000U, 65536U, 1'000'000U}) {
      CAPTURE(size, block);
      const std::string bytes = noise(size);
      REQUIRE(frames.pack(bytes, bytes.size()));
      CHECK(unpacked_frame(frames.disk.files().at("/d/frame")) == bytes);
      const auto back = frames.unpack(block);
      REQUIRE(back);
      CHECK(*back == bytes);
    }
  }
}

TEST_CASE("a frame that is cut or changed is an error, and so is a file that changes size",
          "[store][kept]") {
  Frames frames;
  const std::string bytes = noise(3000);
  REQUIRE(frames.pack(bytes, bytes.size()));
  const std::string frame = frames.disk.files().at("/d/frame");
  for (std::size_t cut = 0; cut < frame.size(); cut += 7) {
    CAPTURE(cut);
    frames.disk.put("/d/frame", frame.substr(0, cut));
    CHECK_FALSE(frames.unpack(1000));
  }
  std::string other = frame;
  other[frame.size() - 1] = static_cast<char>(other[frame.size() - 1] ^ 1);  // of the checksum
  frames.disk.put("/d/frame", other);
  CHECK_FALSE(frames.unpack(1000));
  CHECK_FALSE(frames.pack(bytes, bytes.size() - 1));
  CHECK_FALSE(frames.pack(bytes, bytes.size() + 1));
}

TEST_CASE("bytes that a disk cannot read are one message's trouble", "[store][kept]") {
  struct Broken final : InFile {
    Result<std::size_t> read(std::span<char>) override { return store_error("/d/mail: EIO", EIO); }
    Result<Done> seek(std::uint64_t) override { return Done{}; }
    Result<Done> sync() override { return Done{}; }
  };
  Frames frames;
  Broken broken;
  auto to = frames.root->create("frame");
  const auto packed = write_frame(broken, 5, **to);
  REQUIRE_FALSE(packed);
  CHECK(keeps_waiting(packed.error()));
  CHECK_FALSE(keeps_waiting(store_error("/d/frame: EIO", EIO)));
}

TEST_CASE("what there is no room to keep waits, and all else of the batch is done",
          "[store][kept]") {
  Store store;
  const std::string large = noise(60'000);
  const MessageRecord inbox = store.store(1, 1, large);
  const MessageRecord removed = store.store(2, 1, "to be removed\n");
  Batch batch;
  batch.departures = {store.departure(inbox, GoneTo::kKept),
                      store.departure(removed, GoneTo::kRemoved)};
  batch.flags = {};
  store.disk.set_free(20'000);
  const auto done = store.bench.commit(batch);
  REQUIRE(done);
  store.ledger.apply(done->records);
  store.ledger.end = done->end;
  REQUIRE(done->refused.size() == 1);
  CHECK(done->refused.front().folder == inbox.key.folder);
  CHECK(done->refused.front().why.what.find("until there is room") != std::string::npos);
  CHECK(store.disk.files().at(store.path(inbox)) == large);
  CHECK(mail_files(store.disk, true).empty());
  CHECK(receiving(store.disk).empty());
  REQUIRE(store.ledger.gone.size() == 1);
  CHECK(store.ledger.gone.front().key == removed.key);

  store.disk.set_free(1'000'000);
  batch.departures.pop_back();
  store.commit(batch);
  const auto kept = mail_files(store.disk, true);
  REQUIRE(kept.size() == 1);
  CHECK(mail_at(store.disk, kept.front()) == large);
  CHECK(mail_files(store.disk).empty());
}

TEST_CASE("many that leave together are made durable together", "[store][kept]") {
  Store store;
  Batch batch;
  for (std::uint32_t uid = 1; uid <= 30; ++uid) {
    batch.departures.push_back(
        store.departure(store.store(1, uid, kMail + std::to_string(uid)), GoneTo::kKept));
  }
  const auto before = store.disk.calls();
  store.commit(batch);
  CHECK(store.disk.calls() - before < 30 * 5 + 20);  // make, write, date, rename, unlink
  store.disk.power_cut(MemoryDisk::Cut::kLoseNames);
  std::set<std::string> kept;
  for (const std::string& path : mail_files(store.disk, true)) {
    kept.insert(mail_at(store.disk, path));
  }
  CHECK(kept.size() == 30);
}

TEST_CASE("a message with several names is kept once for each that leaves", "[store][kept]") {
  Store store;
  const MessageRecord first = store.store(1, 1, kMail);
  const MessageRecord second = store.store(1, 2, kMail);
  const MessageRecord other = store.store(2, 1, kMail);
  CHECK(store.disk.inode(store.path(first)) == store.disk.inode(store.path(second)));
  Batch batch;
  batch.departures = {store.departure(first, GoneTo::kKept)};
  store.commit(batch);
  CHECK(mail_files(store.disk, true).size() == 1);
  CHECK(mail_files(store.disk).size() == 2);
  batch.departures = {store.departure(second, GoneTo::kKept),
                      store.departure(other, GoneTo::kKept)};
  store.commit(batch);
  CHECK(mail_files(store.disk, true).size() == 3);
  for (const GoneRecord& gone : store.ledger.gone) CHECK(gone.place.empty());
}

TEST_CASE("a file that cannot be read stays, and the others leave", "[store][kept]") {
  Store store;
  const MessageRecord closed = store.store(1, 1, kMail);
  const MessageRecord open = store.store(1, 2, "another\n");
  store.disk.forbid(store.path(closed));
  Batch batch;
  batch.departures = {store.departure(closed, GoneTo::kKept), store.departure(open, GoneTo::kKept)};
  const auto done = store.bench.commit(batch);
  REQUIRE(done);
  store.ledger.apply(done->records);
  CHECK(done->refused.size() == 1);
  REQUIRE(store.ledger.gone.size() == 1);
  CHECK(store.ledger.gone.front().key == open.key);
  CHECK(store.disk.files().contains(store.path(closed)));
}

TEST_CASE("a departure that nobody recorded is found in gone/", "[store][kept]") {
  Store store;
  const MessageRecord record = store.store(1, 1, kMail);
  Batch batch;
  batch.departures = {store.departure(record, GoneTo::kKept)};
  const bool live_too = GENERATE(false, true);
  const std::string live = store.path(record);
  const ModelLedger before = store.ledger;
  const auto gone_unheard = store.bench.commit(batch);
  REQUIRE(gone_unheard);
  // The journal's last line is lost, and perhaps the live name comes back.
  for (const auto& [path, bytes] : store.disk.files()) {
    if (path.find("/journal/") == std::string::npos) continue;
    store.disk.put(path, bytes.substr(0, bytes.rfind("{\"c\"")));
  }
  if (live_too) store.disk.put(live, kMail);
  store.bench.stop();
  store.disk.reopen();
  store.bench.start();
  store.bench.clock.now += std::chrono::hours(48);
  store.ledger = before;
  REQUIRE(store.bench.open_with(store.ledger));
  store.commit(batch);
  CHECK(mail_files(store.disk).empty());
  REQUIRE(mail_files(store.disk, true).size() == 1);
  REQUIRE(store.ledger.gone.size() == 1);
  CHECK(store.ledger.gone.front().to == GoneTo::kKept);
  // What is live still leaves today, whatever was tried before.
  const std::string now = mail_files(store.disk, true).front();
  CHECK(now.starts_with(live_too ? ".imapkeep/gone/2026-11-25/" : ".imapkeep/gone/2026-11-23/"));
  const std::string& place = store.ledger.gone.front().place;
  CHECK((live_too ? place.empty() : ".imapkeep/gone/" + place == now));
}

TEST_CASE("a frame in gone/ that is damaged is not relied on", "[store][kept]") {
  Store store;
  const MessageRecord record = store.store(1, 1, kMail);
  Batch batch;
  batch.departures = {store.departure(record, GoneTo::kKept)};
  const ModelLedger before = store.ledger;
  REQUIRE(store.bench.commit(batch));
  const std::string kept = kRoot + "/" + mail_files(store.disk, true).front();
  store.disk.put(kept, store.disk.files().at(kept).substr(0, 12));
  store.disk.put(store.path(record), kMail);
  store.bench.stop();
  store.disk.reopen();
  store.bench.start();
  store.ledger = before;
  for (const auto& [path, bytes] : store.disk.files()) {
    if (path.find("/journal/") == std::string::npos) continue;
    store.disk.put(path, bytes.substr(0, bytes.rfind("{\"c\"")));
  }
  REQUIRE(store.bench.open_with(store.ledger));
  store.commit(batch);
  REQUIRE(mail_files(store.disk, true).size() == 2);
  REQUIRE(store.ledger.gone.size() == 1);
  CHECK(mail_at(store.disk, ".imapkeep/gone/" + store.ledger.gone.front().place) == kMail);
}
