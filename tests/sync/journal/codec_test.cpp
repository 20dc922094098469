#include "tests/sync/journal/journal_fixture.h"

using namespace imapkeep;

namespace {

/// Of message(812), with what says where it is.
std::string message_line(const std::string& where) {
  return "\"t\":\"message\",\"folder\":7,\"validity\":1700000000,\"uid\":812,"
         "\"id\":\"1766%22%25%5C%FF\"," +
         where + "\"rfc822\":\"18446744073709551615\",\"sha256\":\"" + Sha256::of("x").hex() +
         "\",\"flags\":\"FS\",\"keywords\":[\"$Junk\",\"Caf%E9\",\"a%22b\",\"%0A\"],"
         "\"decided\":\"inferred\",\"at\":\"1795000000123\"}";
}

}  // namespace

TEST_CASE("every record comes back from its line") {
  for (const Record& record : every_kind()) {
    const std::string line = line_of(record);
    CAPTURE(line);
    REQUIRE(line.back() == '\n');
    const std::string text = line.substr(0, line.size() - 1);
    CHECK(text.find('\n') == std::string::npos);
    REQUIRE(is_whole_line(text));
    const auto parsed = parse_line(text, *kPlaces);
    REQUIRE(parsed);
    CHECK(std::get<Record>(*parsed) == record);
  }
}

TEST_CASE("a line is what docs/storage.md says") {
  CHECK(line_of(message(812)) ==
        durable(message_line("\"base\":\"1771568830/8197479752476073380/3444/3500/3\",")) + "\n");
  MessageRecord dated = message(812);
  dated.date = "17-Jul-1996 02:44:25 -0700";
  dated.doubtful = "why";
  const std::string line = line_of(dated);
  CHECK(line.find(",\"date\":\"17-Jul-1996 02:44:25 -0700\",\"sha256\"") != std::string::npos);
  CHECK(line.find(",\"doubtful\":\"why\",\"at\"") != std::string::npos);
  CHECK(line_of(OwnerRecord{"h", "u", "", 9}) ==
        durable("\"t\":\"owner\",\"host\":\"h\",\"user\":\"u\",\"authzid\":\"\",\"at\":\"9\"}") +
            "\n");
  CHECK(line_of(FolderGoneRecord{{1}, 9}) ==
        durable("\"t\":\"folder-gone\",\"folder\":1,\"at\":\"9\"}") + "\n");
}

TEST_CASE("a store without base says size and place, and is read back") {
  const KeyPlaces places;
  MessageRecord record = message(812);
  record.date = "20-Feb-2026 06:27:10 +0000";
  std::string line;
  append_line(line, record, places);
  CHECK_THAT(line, Catch::Contains(",\"size\":\"3444\",\"place\":\"%FF" +
                                   std::to_string(record.identity.xxh3) + "/3500/3\",\"rfc822\""));
  CHECK_THAT(line, !Catch::Contains("\"base\""));
  line.pop_back();
  const auto parsed = parse_line(line, places);
  REQUIRE(parsed);
  CHECK(std::get<Record>(*parsed) == Record(record));

  // The date is what the server told; where that says none, or one before 1970, it is 0.
  for (const char* date : {"", "31-Dec-1969 23:59:59 +0100", "yesterday"}) {
    MessageRecord dateless = record;
    dateless.internal_date = 0;
    dateless.date = date;
    std::string text;
    append_line(text, dateless, places);
    const auto read = parse_line(text.substr(0, text.size() - 1), places);
    REQUIRE(read);
    CHECK(std::get<Record>(*read) == Record(dateless));
  }
}

TEST_CASE("where a message is, is for its store to understand") {
  const BasePlaces base;
  const KeyPlaces key;
  struct Row {
    const char* name;
    std::string where;
    bool by_base;
    bool by_key;
  };
  const std::string good = "\"base\":\"1/2/3/4/5\",";
  const std::vector<Row> rows{
      {"a base", good, true, false},
      {"a place", "\"size\":\"3\",\"place\":\"%FF2/4/5\",", false, true},
      {"another store's base", "\"base\":\"1.Hff.host,S=3,W=4\",", false, false},
      {"another store's place", "\"size\":\"3\",\"place\":\"2/4/5\",", false, false},
      {"a place without size", "\"place\":\"%FF2/4/5\",", false, false},
      {"a place that is no text", "\"size\":\"3\",\"place\":7,", false, false},
      {"a place that is not encoded", "\"size\":\"3\",\"place\":\"%G\",", false, false},
      {"a size alone", "\"size\":\"3\",", false, false},
      {"neither", "", false, false},
      // A base says all; what else may stand there is ignored, as every unknown member is.
      {"both", good + "\"size\":\"9\",\"place\":\"x\",", true, false}};
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const std::string line = durable(message_line(row.where));
    const auto by_base = parse_line(line, base);
    REQUIRE(by_base.has_value() == row.by_base);
    if (by_base) CHECK(std::get<MessageRecord>(std::get<Record>(*by_base)).identity.size == 3);
    REQUIRE(parse_line(line, key).has_value() == row.by_key);
  }
}

TEST_CASE("a line cut or changed at any byte is not whole") {
  for (const Record& record : every_kind()) {
    const std::string line = line_of(record);
    const std::string text = line.substr(0, line.size() - 1);
    for (std::size_t size = 0; size < text.size(); ++size) {
      CHECK_FALSE(is_whole_line(std::string_view(text).substr(0, size)));
    }
    for (std::size_t at = 0; at < text.size(); ++at) {
      std::string changed = text;
      changed[at] = static_cast<char>(changed[at] ^ 1);
      CHECK_FALSE(is_whole_line(changed));
    }
  }
}

TEST_CASE("what a later version adds is ignored or refused") {
  const auto more = parse_line(durable("\"t\":\"folder-gone\",\"why\":{\"x\":[1]},\"folder\":1,"
                                       "\"at\":\"9\",\"labels\":[\"a\"]}"),
                               *kPlaces);
  REQUIRE(more);
  CHECK(std::get<Record>(*more) == Record(FolderGoneRecord{{1}, 9}));
  for (const char* rest :
       {"\"t\":\"merged\",\"folder\":1}", "\"t\":\"segment\",\"format\":2,\"store\":\"x\"}"}) {
    const auto refused = parse_line(durable(rest), *kPlaces);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().what.find("later version") != std::string::npos);
  }
}

TEST_CASE("lines with a right checksum and wrong members are refused, never thrown at") {
  for (const char* rest :
       {"}", "\"t\":7}", "\"t\":\"gone\"}", "\"t\":\"folder-gone\",\"folder\":-1,\"at\":\"9\"}",
        "\"t\":\"folder-gone\",\"folder\":4294967296,\"at\":\"9\"}",
        "\"t\":\"folder-gone\",\"folder\":1,\"at\":9}",
        "\"t\":\"folder-gone\",\"folder\":1,\"at\":\"x\"}",
        "\"t\":\"gone\",\"folder\":1,\"validity\":1,\"uid\":1,\"to\":\"sky\",\"at\":\"9\"}",
        "\"t\":\"flags\",\"folder\":1,\"validity\":1,\"uid\":1,\"flags\":\"S\",\"keywords\":[7],"
        "\"at\":\"9\"}",
        "\"t\":\"quarantine\",\"folder\":1,\"validity\":1,\"uid\":1,\"reason\":\"%G0\",\"at\":"
        "\"9\"}",
        "\"records\":\"1\",\"t\":\"end\",\"at\":\"9\"}",
        "\"t\":\"end\",\"records\":\"1\",\"t\":\"folder-gone\",\"folder\":1,\"at\":\"9\"}",
        "\"t\":\"end\",\"records\":\"1\",\"at\":\"9\",\"unclaimed\":true}",
        "\"t\":\"end\",\"records\":\"1\",\"at\":\"9\",\"unclaimed\":[7]}",
        "\"t\":\"end\",\"records\":\"1\",\"at\":\"9\",\"unclaimed\":[\"a\\u0001\"]}",
        "\"t\":\"segment\",\"format\":1,\"store\":\"x\",\"segment\":\"1\",\"at\":\"9\"}",
        "\"t\":\"folder\xff\"}", "\"t\":[[[[}"}) {
    CAPTURE(rest);
    CHECK_FALSE(parse_line(durable(rest), *kPlaces));
  }
}
