#include "sync/imap/response_reader.h"

#include "tests/support/split_feed.h"

using namespace imapkeep;
using namespace imapkeep::imap;

namespace {

using Events = std::vector<std::string>;

struct Row {
  std::string wire;
  Events expected;
};

void check(const std::vector<Row>& rows, ReaderLimits limits = {}) {
  for (const auto& row : rows) {
    INFO(row.wire);
    CHECK(split_feed(row.wire, limits) == row.expected);
  }
}

const std::string kWrongLength =
    "error: The server announced a literal whose length cannot be right: what follows it in the "
    "FETCH response cannot be read.";

}  // namespace

TEST_CASE("bodies stream, wherever the network cuts") {
  check({
      {"* 1 FETCH (UID 5 BODY[] {5}\r\na\r\n)\n FLAGS (\\Seen))\r\nA1 OK done\r\n",
       {"body 5 'a\r\n)\n'", "fetch uid=5 flags=S body=streamed:5", "ok tag=A1 'done'"}},
      {"* 1 FETCH (BODY[] ~{2}\nab UID 5)\n", {"body 2 'ab'", "fetch uid=5 body=streamed:2"}},
      {"* 1 FETCH (UID 5 BODY[] {0}\r\n)\r\n", {"body 0 ''", "fetch uid=5 body=streamed:0"}},
      {"* 1 FETCH (UID 5 BODY[] \"\")\r\n", {"body 0 ''", "fetch uid=5 body=streamed:0"}},
      {"* 1 FETCH (UID 5 BODY[] \"a\\\\b\")\r\n", {"body 3 'a\\b'", "fetch uid=5 body=streamed:3"}},
      {"* 1 FETCH (UID 5 BODY[] NIL)\r\n", {"fetch uid=5 body=nil"}},
      {"* 5 UIDFETCH (RFC822 {2}\r\nab)\r\n", {"body 2 'ab'", "fetch uid=5 body=streamed:2"}},
      {"* 1 FETCH (X-GM-LABELS ({2}\r\n)) \"b\") BODY[]{2}\r\nab UID 5)\r\n",
       {"body 2 'ab'", "fetch uid=5 body=streamed:2"}},
      {"* 1 FETCH (UID 5 BODY[HEADER] {2}\r\nab BODY[] {1}\r\nc)\r\n",
       {"body 1 'c'", "fetch uid=5 body=streamed:1"}},
      {"* 1 FETCH (BODY[] {3}\r\nabc", {"body 3 'abc'", "pending"}},
  });
}

TEST_CASE("what a mail says is never heard as the server") {
  check({
      {"* 1 FETCH (UID 5 BODY[] {31}\r\n)\r\n* 9 EXISTS\r\nA1 OK x\r\n{5}\r\n\r\n)\r\n",
       {"body 31 ')\r\n* 9 EXISTS\r\nA1 OK x\r\n{5}\r\n\r\n'", "fetch uid=5 body=streamed:31"}},
      // A label named like an item, then a literal: a label all the same.
      {"* 1 FETCH (X-GM-LABELS (BODY[] {2}\r\nab) UID 5)\r\n", {"fetch uid=5"}},
      {"* 1 FETCH (X-GM-LABELS (\"x\" RFC822 {2}\r\nab) UID 5)\r\n", {"fetch uid=5"}},
      {"* 1 FETCH (X {19}\r\n UID 6 FLAGS (Fake)  UID 5)\r\n", {"fetch uid=5"}},
      {"* LIST () \"/\" BODY[] {2}\r\nab\r\n", {"unknown LIST"}},
      {"A1 NO no mailbox x{5}\r\n* 3 EXISTS\r\n", {"no tag=A1 'no mailbox x{5}'", "exists 3"}},
  });
}

TEST_CASE("two bodies are never glued, and a wrong length is the end") {
  check({
      {"* 1 FETCH (UID 5 BODY[] {2}\r\nab RFC822 {3}\r\ncde)\r\n* 2 EXISTS\r\n",
       {"body 2 'ab'", "fetch body=streamed:2", "exists 2"}},
      {"* 1 FETCH (UID 5 BODY[] {2}\r\nab BODY[] \"cde\")\r\n",
       {"body 2 'ab'", "fetch body=streamed:2"}},
      {"* 1 FETCH (UID 5 BODY[] \"cde\" BODY[] {2}\r\nab)\r\n",
       {"body 2 'ab'", "fetch body=streamed:2"}},
      {"* 1 FETCH (UID 5 BODY[] {2}\r\nab\r\n)\r\nA1 OK\r\n", {"body 2 'ab'", kWrongLength}},
      {"* 1 FETCH (UID 5 BODY[] {2}\r\nabcd)\r\n", {"body 2 'ab'", kWrongLength}},
      {"* 1 FETCH (UID 5 BODY[] {9}\r\nab)\r\nA1 OK done\r\n",
       {"body 9 'ab)\r\nA1 O'", kWrongLength}},
      {"* 1 FETCH (UID 5 BODY[] {2}ab)\r\n", {kWrongLength}},
      {"* 1 FETCH (UID 5 BODY[] {-5}\r\n)\r\n",
       {"error: The server announced a literal of an impossible size: {-5}."}},
      {"* 1 FETCH (UID 5 BODY[] {99999999999999999999}\r\n)\r\n",
       {"error: The server announced a literal of an impossible size: {99999999999999999999}."}},
  });
}

TEST_CASE("limits are limits at every split") {
  ReaderLimits limits;
  limits.line_bytes = 40;
  limits.literal_bytes = 8;
  limits.unknown_lines = 2;
  limits.set_ranges = 6;
  limits.nesting = 3;
  const std::string line_error = "error: The server sent a line longer than 40 bytes.";
  const std::string strange_error =
      "error: The server sent more than 2 lines that are no IMAP responses.";
  const std::string range_error =
      "error: The server listed more than 6 ranges of UIDs in one response.";
  check(
      {
          {"* LIST () \"/\" " + std::string(27, 'x') + "\r\n", {line_error}},
          {"* LIST () \"/\" {8}\r\n12345678\r\n", {"list / '12345678'"}},
          {"* LIST () \"/\" {9}\r\n123456789\r\n",
           {"error: The server sent a literal of 9 bytes that is no message."}},
          {"* ID ({5}\r\n12345 {4}\r\n1234)\r\n",
           {"error: The server sent a literal of 4 bytes that is no message."}},
          {"* 1 FETCH (BODY[] {9}\r\n123456789)\r\n",
           {"body 9 '123456789'", "fetch body=streamed:9"}},
          {"a\r\n\r\nb\r\n* OK\r\n", {"unknown a", "unknown ", strange_error}},
          {"* SEARCH 1 3 5 7 9 11 13\r\n", {"search 1,3,5,7,9", range_error}},
          {"* SEARCH 1 3 5 7 9 10 11 12\r\n", {"search 1,3,5,7,9", "search 10:12"}},
          {"* SEARCH 1 3 5 7 9\r\n* SEARCH 1 3 5 7 9\r\n",
           {"search 1,3,5,7,9", "search 1,3,5,7,9"}},
          {"* SEARCH 1 2 3 4 5 6 x\r\n",
           {"search 1:5", "error: The server's SEARCH response cannot be read: * SEARCH 6 x"}},
          {"* 1 FETCH (X (((1))))\r\n", {"fetch"}},
          {"* 1 FETCH (X (((BODY[] {1}\r\na))))\r\n", {"fetch"}},
          {"* 1 FETCH (X ((((BODY[] {1}\r\na)))))\r\n", {kWrongLength}},
      },
      limits);
}

TEST_CASE("a line with very many literals is refused") {
  std::string wire = "* ID (";
  for (int i = 0; i < 257; ++i) wire += "{0}\r\n ";
  const auto events = read_pieces({wire});
  CHECK(events == Events{"error: The server sent more than 256 literals in one response."});
}

TEST_CASE("a long line may have few literals, since each costs a look at all of it") {
  const std::string flags = "* 1 FETCH (FLAGS (" + std::string(100'000, 'k') + ") X (";
  const auto with = [&](int literals) {
    std::string wire = flags;
    for (int i = 0; i < literals; ++i) wire += "{0}\r\n ";
    return read_pieces({wire + "))\r\n"});
  };
  CHECK(with(9) ==
        Events{
            "error: The server sent more than 8 literals in a response of more than 65536 bytes."});
  CHECK(with(8).at(0).find("error") == std::string::npos);
}

TEST_CASE("after an error everything is an error") {
  RecordedEvents events;
  ResponseReader reader;
  REQUIRE_FALSE(reader.feed("* SEARCH x\r\n", events));
  const auto again = reader.feed("* 5 EXISTS\r\n", events);
  REQUIRE_FALSE(again);
  CHECK(again.error().trouble == Trouble::kServer);
  CHECK(events.events.empty());
}

TEST_CASE("stop returns behind the response just delivered") {
  class Stopping : public RecordedEvents {
   public:
    explicit Stopping(ResponseReader& reader) : reader_(reader) {}
    void on_response(Response response) override {
      RecordedEvents::on_response(std::move(response));
      if (events.back().starts_with("ok")) reader_.stop();
    }
    void on_body_begin(std::uint64_t size) override {
      RecordedEvents::on_body_begin(size);
      reader_.stop();
    }

   private:
    ResponseReader& reader_;
  };
  ResponseReader reader;
  Stopping events(reader);
  ByteView wire = "* 1 EXISTS\r\nA1 OK go\r\n* 2 EXISTS\r\n";
  CHECK(*reader.feed(wire, events) == 22);
  CHECK(reader.at_boundary());
  CHECK(events.events == Events{"exists 1", "ok tag=A1 'go'"});
  CHECK(*reader.feed(wire.substr(22), events) == 12);
  CHECK(events.events.back() == "exists 2");
  // From inside a body: behind the response that the body belongs to.
  wire = "* 1 FETCH (BODY[] {2}\r\nab UID 5)\r\n* 3 EXISTS\r\n";
  CHECK(*reader.feed(wire, events) == wire.size() - 12);
  CHECK(events.events.back() == "fetch uid=5 body=streamed:2");
  CHECK(*reader.feed("* 3 EX", events) == 6);
  CHECK_FALSE(reader.at_boundary());
}

namespace {

class Counting : public ResponseEvents {
 public:
  void on_response(Response response) override {
    ++responses;
    if (const auto* search = std::get_if<SearchResponse>(&response)) uids.add(search->uids);
    if (const auto* esearch = std::get_if<EsearchResponse>(&response)) uids.add(*esearch->all);
  }
  void on_body_begin(std::uint64_t size) override { announced += size; }
  void on_body_bytes(ByteView bytes) override { body_bytes += bytes.size(); }
  void on_body_end() override { ++bodies; }

  std::uint64_t responses = 0, announced = 0, body_bytes = 0, bodies = 0;
  UidSet uids;
};

}  // namespace

TEST_CASE("a message of five gigabytes goes by") {
  constexpr std::uint64_t kSize = 5'000'000'000;
  ResponseReader reader;
  Counting counting;
  REQUIRE(reader.feed("* 1 FETCH (UID 5 BODY[] {5000000000}\r\n", counting));
  const std::string chunk(65536, 'x');
  for (std::uint64_t left = kSize; left > 0;) {
    const auto size = std::min<std::uint64_t>(left, chunk.size());
    REQUIRE(reader.feed(ByteView(chunk).substr(0, size), counting));
    left -= size;
  }
  CHECK(counting.responses == 0);
  REQUIRE(reader.feed(")\r\n", counting));
  CHECK(counting.announced == kSize);
  CHECK(counting.body_bytes == kSize);
  CHECK(counting.bodies == 1);
  CHECK(reader.at_boundary());
}

TEST_CASE("a million UIDs on one line arrive complete, in parts, in any order") {
  const std::uint32_t count = 1'000'000;
  for (const bool descending : {false, true}) {
    std::string wire = "* SEARCH";
    for (std::uint32_t i = 1; i <= count; ++i) {
      wire += " " + std::to_string(2 * (descending ? count + 1 - i : i));
    }
    wire += "\r\n";
    ResponseReader reader;
    Counting counting;
    for (std::size_t i = 0; i < wire.size(); i += 10'000) {
      REQUIRE(reader.feed(ByteView(wire).substr(i, 10'000), counting));
    }
    CHECK(counting.responses > 100);
    CHECK(counting.uids.ranges().size() == count);
    CHECK(counting.uids.lowest() == Uid{2});
    CHECK(counting.uids.highest() == Uid{2 * count});
  }
  UidSet sparse;
  for (std::uint32_t i = 1; i <= 300'000; ++i) sparse.add(Uid{3 * i});
  ResponseReader reader;
  Counting counting;
  REQUIRE(reader.feed("* ESEARCH (TAG \"A1\") UID ALL " + sparse.str() + "\r\n", counting));
  CHECK(counting.uids == sparse);
}

TEST_CASE("a line of 100 KB that is no list of UIDs is refused") {
  const auto events = read_pieces({"* LIST () \"/\" \"" + std::string(100'000, 'x') + "\"\r\n"});
  CHECK(events == Events{"error: The server sent a line longer than 65536 bytes."});
}

TEST_CASE("fifty thousand small messages in 16 KB reads") {
  std::string wire;
  const std::string body(4096, 'm');
  for (int i = 1; i <= 50; ++i) {
    wire += "* " + std::to_string(i) + " FETCH (UID " + std::to_string(i) + " BODY[] {4096}\r\n" +
            body + ")\r\n";
  }
  ResponseReader reader;
  Counting counting;
  for (int round = 0; round < 1000; ++round) {
    for (std::size_t i = 0; i < wire.size(); i += 16'384) {
      REQUIRE(reader.feed(ByteView(wire).substr(i, 16'384), counting));
    }
  }
  CHECK(counting.bodies == 50'000);
  CHECK(counting.responses == 50'000);
  CHECK(counting.body_bytes == 50'000 * body.size());
}

TEST_CASE("thousands of keywords are flags, and more than can be held are one response not read") {
  std::string keywords;
  for (int i = 0; i < 20'000; ++i) keywords += " k" + std::to_string(i);
  std::string too_many;
  for (int i = 0; i < 300'000; ++i) too_many += " k" + std::to_string(i);
  class Seen final : public ResponseEvents {
   public:
    void on_response(Response response) override { responses.push_back(std::move(response)); }
    void on_body_begin(std::uint64_t) override { ++bodies; }
    void on_body_bytes(ByteView) override {}
    void on_body_end() override {}
    std::vector<Response> responses;
    int bodies = 0;
  };
  Seen seen;
  ResponseReader reader;
  const auto feed = [&](const std::string& wire) {
    const auto done = reader.feed(wire, seen);
    CHECK((done ? std::string() : done.error().what) == "");
  };
  feed("* FLAGS (" + too_many.substr(1) + ")\r\n");
  feed("* OK [PERMANENTFLAGS (" + too_many.substr(1) + ")] here\r\n");
  feed("* 1 FETCH (UID 7 FLAGS (" + keywords.substr(1) + ") RFC822.SIZE 9)\r\n");
  feed("* 2 FETCH (UID 8 FLAGS (" + too_many.substr(1) + "))\r\n");
  feed("* 2 FETCH (UID 8 FLAGS (" + too_many.substr(1) + ") BODY[] {3}\r\n*)\n)\r\n");
  feed("* 3 EXISTS\r\n");
  REQUIRE(seen.responses.size() == 6);
  CHECK(std::get<UnknownResponse>(seen.responses[0]).name == "FLAGS");
  CHECK_FALSE(std::get<StatusResponse>(seen.responses[1]).code);
  const auto& fetched = std::get<FetchResponse>(seen.responses[2]);
  CHECK(fetched.flags->keywords.size() == 20'000);
  CHECK(fetched.rfc822_size == 9U);
  CHECK(std::get<UnknownResponse>(seen.responses[3]).name == "FETCH");
  CHECK(std::get<UnknownResponse>(seen.responses[4]).name == "FETCH");
  CHECK(std::get<ExistsResponse>(seen.responses[5]).count == 3);
  CHECK(seen.bodies == 0);
  // A message was handed on, and nobody knows of what: the end.
  const auto done =
      reader.feed("* 2 FETCH (BODY[] {1}\r\na FLAGS (" + too_many.substr(1) + "))\r\n", seen);
  REQUIRE_FALSE(done);
  CHECK(done.error().what ==
        "The server sent a FETCH response with a message and more than 1048576 bytes of other "
        "things.");
}
