// What stands in the journals of all stores that exist: docs/storage.md, sections 2 and 4.
#include "sync/store/maildir/maildir_places.h"

#include <catch2/catch.hpp>

#include "sync/journal/journal_codec.h"

using namespace imapkeep;

namespace {

MessageRecord message() {
  MessageRecord record;
  record.key = {{7}, {1700000000}, {812}};
  record.server_id = "1766\"%\\\xff";
  record.internal_date = 1771568830;
  record.rfc822_size = UINT64_MAX;
  record.identity = {Sha256::of("x"), 0x71c34c671bcb1da4, 3444, 3500};
  record.number = 3;
  record.flags.seen = true;
  record.flags.flagged = true;
  record.flags.keywords = {"$Junk", "Caf\xe9", "a\"b", "\n"};
  record.decided = Decided::kInferred;
  record.at_ms = 1795000000123;
  return record;
}

}  // namespace

TEST_CASE("a message's line in a Maildir's journal has not changed by one byte") {
  std::string line;
  append_line(line, message(), MaildirPlaces("imap.example.org"));
  const std::string sha256 = Sha256::of("x").hex();
  CHECK(line ==
        "{\"c\":\"c5fc054cca9e6ed9\",\"t\":\"message\",\"folder\":7,\"validity\":1700000000,"
        "\"uid\":812,\"id\":\"1766%22%25%5C%FF\","
        "\"base\":\"1771568830.H71c34c671bcb1da4.imap.example.org~3,S=3444,W=3500\","
        "\"rfc822\":\"18446744073709551615\",\"sha256\":\"" +
            sha256 +
            "\",\"flags\":\"FS\",\"keywords\":[\"$Junk\",\"Caf%E9\",\"a%22b\",\"%0A\"],"
            "\"decided\":\"inferred\",\"at\":\"1795000000123\"}\n");
}

TEST_CASE("a base is read back whatever host made it, and nothing else is") {
  const MaildirPlaces places("other.example.org");
  MessageRecord record = message();
  const std::string base = MaildirPlaces("imap.example.org").base_of(record);
  MessageRecord read = record;
  read.identity = {record.identity.sha256, 0, 0, 0};
  read.internal_date = 0;
  read.number = 1;
  REQUIRE(places.read_base(base, read));
  CHECK(read == record);

  record.internal_date = -5;  // before 1970: a name cannot say it
  REQUIRE(places.read_base(places.base_of(record), read));
  CHECK(read.internal_date == 0);

  for (const char* bad : {"", "1771568830", "1771568830.H71c34c671bcb1da4.h~1,S=3444,W=3500",
                          "01.H71c34c671bcb1da4.h,S=1,W=1", "x/../y.H71c34c671bcb1da4.h,S=1,W=1"}) {
    CAPTURE(bad);
    CHECK_FALSE(places.read_base(bad, read));
  }
  CHECK(places.place_of(record).empty());
  CHECK_FALSE(places.read_place("2026/x", read));
}
