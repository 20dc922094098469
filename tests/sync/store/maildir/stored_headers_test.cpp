#include "tests/sync/store/maildir/store_bench.h"

using namespace imapkeep;
using namespace imapkeep::store_test;

namespace {

using Headers = std::vector<std::optional<std::string>>;

}  // namespace

TEST_CASE("headers are read as they are stored, and only from files that are whole") {
  MemoryDisk disk;
  make_disk(disk);
  StoreBench bench(disk);
  ModelLedger ledger;
  REQUIRE(bench.open_with(ledger));
  Batch folders;
  folders.new_folders.push_back(folder(1, "INBOX"));
  REQUIRE(bench.commit_with(ledger, folders));
  const std::string long_line = "X: " + std::string(33U << 10, 'x') + "\r\n\r\nbody";
  const std::vector<std::string> mails{
      "A: b\r\n\r\nbody",  "A: c\n\nbody\r\n\r\n", "A: d\r\n all of it", "\r\nno header",
      "A: e\r\n\r\nmoved", "A: f\r\n\r\ncut",      "A: g\r\n\r\ngone",   long_line};
  Batch batch;
  for (std::size_t i = 0; i < mails.size(); ++i) {
    batch.messages.push_back(bench.message({1}, "INBOX", static_cast<std::uint32_t>(i + 1),
                                           mails[i], 1'700'000'000, ""));
  }
  REQUIRE(bench.commit_with(ledger, batch));
  std::vector<MessageRecord> records;
  for (const auto& [key, record] : ledger.live) records.push_back(record);
  std::vector<StoredPlace> places;
  for (const MessageRecord& record : records) places.push_back(ledger.place(record));

  const std::string moved = ledger.file(records[4]);
  disk.move(moved, moved + "RS");  // a reader has changed the letters
  disk.put(ledger.file(records[5]), "A: f\r\n\r\n");
  disk.remove(ledger.file(records[6]));
  const auto headers = bench.wait<Headers>(
      [&](auto done) { return bench.store->read_headers("INBOX", places, std::move(done)); });
  REQUIRE(headers);
  CHECK(*headers == Headers{"A: b\r\n\r\n", "A: c\n\n", "A: d\r\n all of it", "\r\n",
                            "A: e\r\n\r\n", std::nullopt, std::nullopt, std::nullopt});
  const auto nowhere = bench.wait<Headers>(
      [&](auto done) { return bench.store->read_headers("Other", places, std::move(done)); });
  REQUIRE(nowhere);
  CHECK(*nowhere == Headers(places.size()));
}
