// Headers of a few messages, to be compared with what is stored.
#include "tests/sync/imap/connection_bench.h"

using namespace imapkeep;
using namespace imapkeep::imap;

using Bench = ConnectionBench;

TEST_CASE("headers come under their UIDs, as a literal, quoted or empty, and nothing else does") {
  Bench bench;
  const ScriptedServer server(
      bench.network,
      examined("", {expect("$a UID FETCH 1:7 (UID BODY.PEEK[HEADER])"),
                    send("* 1 FETCH (UID 1 BODY[HEADER] {8}\r\nA: b\r\n\r\n)\r\n"
                         "* 2 FETCH (BODY[HEADER] {3}\r\nC:\n UID 2 FLAGS (\\Seen))\r\n"
                         "* 3 FETCH (UID 3 BODY[HEADER] \"D: \\\"e\\\"\")\r\n"
                         "* 4 FETCH (UID 4 BODY[HEADER] NIL)\r\n"
                         "* 5 FETCH (UID 5 FLAGS (\\Seen))\r\n"
                         "* 6 FETCH (UID 6 RFC822.HEADER \"\")\r\n"
                         "* 7 FETCH (UID 7 BODY[HEADER] {1}\r\na BODY[HEADER] {1}\r\nb)\r\n"
                         "* 8 FETCH (UID 88 BODY[HEADER] {1}\r\na)\r\n"
                         "* 9 FETCH (BODY[HEADER] {1}\r\na)\r\n"
                         "$a OK done\r\n")}));
  bench.open();
  examine(bench);
  std::map<std::uint32_t, std::string> headers;
  Answer<Done> end;
  end.operation = bench.connection->fetch_headers(
      Bench::uids("1:7"), [&](Uid uid, const std::string& header) { headers[uid.value] = header; },
      end.handler());
  bench.run();
  CHECK(server.problems() == none());
  CHECK(end.ok());
  CHECK(headers == std::map<std::uint32_t, std::string>{
                       {1, "A: b\r\n\r\n"}, {2, "C:\n"}, {3, "D: \"e\""}, {6, ""}});
}

TEST_CASE("headers that are refused are the folder's trouble, and none asks nothing") {
  Bench bench;
  const ScriptedServer server(
      bench.network,
      examined("", {expect("$a UID FETCH 3 (UID BODY.PEEK[HEADER])"), send("$a NO not now\r\n")}));
  bench.open();
  examine(bench);
  Answer<Done> nothing;
  Answer<Done> end;
  const auto each = [](Uid, const std::string&) { FAIL("no header came"); };
  nothing.operation = bench.connection->fetch_headers({}, each, nothing.handler());
  end.operation = bench.connection->fetch_headers(Bench::uids("3"), each, end.handler());
  bench.run();
  CHECK(server.problems() == none());
  CHECK(nothing.ok());
  REQUIRE(end.error);
  CHECK(end.error->remedy == Remedy::kSkipMessage);
}
