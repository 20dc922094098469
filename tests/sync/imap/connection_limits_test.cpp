// Too much of something that was asked for: it costs this answer, and not the connection.
#include "tests/sync/imap/connection_bench.h"

using namespace imapkeep;
using namespace imapkeep::imap;

using Bench = ConnectionBench;

namespace {

/// FETCH responses of UID 1, each with so many keywords of two to five letters.
std::string short_keywords(int responses, int each, const std::string& behind = ")\r\n") {
  std::string flags;
  for (int i = 0; i < each; ++i) flags += " k" + std::to_string(i);
  std::string text;
  for (int i = 0; i < responses; ++i)
    text += "* 1 FETCH (UID 1 FLAGS (" + flags.substr(1) + ")" + behind;
  return text;
}

class FactsSink final : public BodySink {
 public:
  void on_body_begin(std::uint64_t) override {}
  void on_body_bytes(ByteView) override {}
  void on_body_end(const MessageFacts& message) override { ended = message; }
  void on_body_facts(const MessageFacts& facts) override { with_flags += facts.flags ? 1 : 0; }
  void on_body_void(std::optional<Uid>) override {}
  std::optional<MessageFacts> ended;
  int with_flags = 0;
};

}  // namespace

TEST_CASE("short keywords count as the memory that they need") {
  Bench bench;
  // 12 MB of text, and more than 64 MiB of strings.
  const ScriptedServer server(bench.network,
                              examined("", {expect("$a UID FETCH 1:3 (UID FLAGS)"),
                                            send(short_keywords(18, 100'000) + "$a OK done\r\n")}));
  bench.open();
  examine(bench);
  Answer<Done> end;
  end.operation = bench.connection->fetch_flags(
      Bench::uids("1:3"), std::nullopt, [](const MessageFacts&) {}, end.handler());
  bench.run();
  REQUIRE(end.error);
  CHECK(end.error->remedy == Remedy::kSkipMessage);
  CHECK(end.problem() ==
        "while fetching flags of 3 messages: the keywords of these messages need more than 64 MiB");
}

TEST_CASE("an opening hands on no more keywords than can be held") {
  Bench bench;
  const ScriptedServer server(
      bench.network,
      examined("", {expect("$a UID FETCH 1 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])"),
                    send(short_keywords(18, 100'000) +
                         short_keywords(1, 1, " BODY[] {2}\r\nab)\r\n") + "$a OK done\r\n")}));
  bench.open();
  examine(bench);
  FactsSink sink;
  Answer<FetchEnd> end;
  end.operation = bench.connection->fetch_messages(Bench::uids("1"), sink, end.handler());
  bench.run();
  CHECK(server.problems() == none());
  REQUIRE(end.ok());
  CHECK(sink.with_flags < 18);
  REQUIRE(sink.ended);
  CHECK_FALSE(sink.ended->flags);  // to be asked for by themselves
}

TEST_CASE("a header that is too long to be held does not come, and the others do") {
  Bench bench;
  const std::string longer = "X: " + std::string(70'000, 'x') + "\r\n\r\n";
  const std::string literal = "{" + std::to_string(longer.size()) + "}\r\n" + longer;
  const ScriptedServer server(
      bench.network, examined("", {expect("$a UID FETCH 1:4 (UID BODY.PEEK[HEADER])"),
                                   send("* 1 FETCH (UID 1 BODY[HEADER] " + literal +
                                        ")\r\n"
                                        "* 2 FETCH (BODY[HEADER] " +
                                        literal +
                                        " UID 2)\r\n"
                                        "* 3 FETCH (RFC822.HEADER " +
                                        literal +
                                        " UID 3)\r\n"
                                        "* 4 FETCH (UID 4 BODY[HEADER] {8}\r\nA: b\r\n\r\n)\r\n"
                                        "$a OK done\r\n")}));
  bench.open();
  examine(bench);
  std::map<std::uint32_t, std::string> headers;
  Answer<Done> end;
  end.operation = bench.connection->fetch_headers(
      Bench::uids("1:4"), [&](Uid uid, const std::string& header) { headers[uid.value] = header; },
      end.handler());
  bench.run();
  CHECK(server.problems() == none());
  CHECK(end.problem() == "");
  CHECK(headers == std::map<std::uint32_t, std::string>{{4, "A: b\r\n\r\n"}});
}

TEST_CASE("bodies that nobody wants any more were asked for all the same") {
  Bench bench;
  const std::string part(10 << 20, 'x');
  std::string answer;
  for (int uid = 1; uid <= 7; ++uid) {
    answer += "* 1 FETCH (UID " + std::to_string(uid) + " FLAGS () BODY[] {" +
              std::to_string(part.size()) + "}\r\n" + part + ")\r\n";
  }
  const ScriptedServer server(
      bench.network,
      examined("", {expect("$a UID FETCH 1:7 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])"),
                    expect("$b NOOP"), send(answer + "$a OK done\r\n$b OK done\r\n")}));
  bench.open();
  examine(bench);
  BodyProbe sink;
  Answer<FetchEnd> end;
  end.operation = bench.connection->fetch_messages(Bench::uids("1:7"), sink, end.handler());
  Answer<Done> noop;
  noop.operation = bench.connection->noop(noop.handler());
  end.operation.cancel();
  bench.run();
  CHECK(server.problems() == none());
  CHECK(sink.said == "");
  CHECK(noop.problem() == "");
  CHECK(noop.ok());
}
