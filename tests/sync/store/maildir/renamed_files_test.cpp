// What another program renamed in cur/ and left as it was gets its name back.
#include <catch2/catch.hpp>

#include "tests/sync/store/maildir/opened_store.h"

using namespace imapkeep;
using namespace imapkeep::store_test;

namespace {

std::size_t missing_now(Store& store) {
  std::vector<StoredPlace> places;
  for (const auto& [key, record] : store.ledger.live) places.push_back(store.ledger.place(record));
  const auto missing = store.bench.wait<std::vector<StoredPlace>>(
      [&](auto done) { return store.bench.store->find_missing("INBOX", places, std::move(done)); });
  REQUIRE(missing);
  return missing->size();
}

/// As GNU mailutils does it.
std::string renamed_by_mailutils(const std::string& path, int uid, const std::string& letters) {
  return path.substr(0, path.find(",S=")) + ",a=O,u=" + std::to_string(uid) + ":2," + letters;
}

}  // namespace

TEST_CASE("names that GNU mailutils changed are taken back", "[store][renamed]") {
  Store store;
  const MessageRecord first = store.store(1, 1, kMail, "S");
  const MessageRecord second = store.store(1, 2, kMail, "");  // ~2
  const MessageRecord third = store.store(1, 3, "another\n", "F");
  int uid = 1;
  for (const MessageRecord& one : {first, second, third}) {
    const std::string path = store.path(one);
    store.disk.move(path, renamed_by_mailutils(path, uid++, "RS"));
  }
  CHECK(missing_now(store) == 0);
  CHECK(store.bench.log.contains("store.names_taken_back"));
  const auto files = mail_files(store.disk);
  REQUIRE(files.size() == 3);
  for (const std::string& path : files) {
    const auto name = parse_maildir_name(path.substr(path.rfind('/') + 1));
    REQUIRE(name);
    CHECK(name->flags == "RS");  // the reader's own letters
  }
}

TEST_CASE("a file of such a name with other bytes, or another size, is nobody's",
          "[store][renamed]") {
  Store store;
  const MessageRecord record = store.store(1, 1, kMail);
  const std::string other = renamed_by_mailutils(store.path(record), 1, "S");
  store.disk.remove(store.path(record));
  std::string bytes = kMail;
  bytes.back() = '!';
  store.disk.put(other, GENERATE(false, true) ? bytes : kMail + "more");
  CHECK(missing_now(store) == 1);
  CHECK(store.disk.files().contains(other));
}
