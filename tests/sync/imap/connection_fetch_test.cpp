// Which FETCH response is whose.
#include "tests/sync/imap/connection_bench.h"

using namespace imapkeep;
using namespace imapkeep::imap;

using Bench = ConnectionBench;

TEST_CASE("facts, flags and bodies find their askers by content") {
  Bench bench;
  EventsProbe events;
  const ScriptedServer server(
      bench.network,
      examined(" CONDSTORE", {expect("$a UID FETCH 1:3 (UID FLAGS INTERNALDATE RFC822.SIZE)"),
                              expect("$b UID FETCH 1:2 (UID BODY.PEEK[])"),
                              expect("$c UID FETCH 1:9 (UID FLAGS) (CHANGEDSINCE 5)"),
                              send("* 4 EXISTS\r\n"
                                   "* 1 FETCH (UID 1 RFC822.SIZE 5 FLAGS (\\Seen))\r\n"
                                   "* 1 FETCH (UID 1 BODY[] {2}\r\nab FLAGS (\\Draft))\r\n"
                                   "* 7 FETCH (UID 77 FLAGS (\\Deleted))\r\n"
                                   "* 9 FETCH (FLAGS (\\Deleted))\r\n"
                                   "* 2 FETCH (RFC822.SIZE 6 UID 2)\r\n"
                                   "* 1 EXPUNGE\r\n* VANISHED 8\r\n"
                                   "* 2 FETCH (BODY[] {3}\r\ncde UID 2)\r\n"
                                   "* 3 FETCH (UID 3 FLAGS (\\Answered) MODSEQ (6))\r\n"
                                   "* 3 FETCH (UID 99 RFC822.SIZE 1)\r\n"
                                   "$a OK done\r\n$b OK bodies done\r\n$c OK done\r\n")}));
  bench.open();
  examine(bench);
  bench.connection->set_events(&events);
  std::string facts;
  std::string flags;
  BodyProbe sink;
  Answer<Done> facts_end;
  Answer<Done> flags_end;
  Answer<FetchEnd> bodies_end;
  facts_end.operation = bench.connection->fetch_facts(
      Bench::uids("1:3"),
      [&](const MessageFacts& fact) {
        if (!fact.rfc822_size) return;  // the answer to the other request, as news
        facts += " " + std::to_string(fact.uid.value) + "=" + std::to_string(*fact.rfc822_size);
      },
      facts_end.handler());
  bodies_end.operation =
      bench.connection->fetch_bodies(Bench::uids("1:2"), sink, bodies_end.handler());
  flags_end.operation = bench.connection->fetch_flags(
      Bench::uids("1:9"), ModSeq{5},
      [&](const MessageFacts& fact) {
        flags += " " + std::to_string(fact.uid.value) + fact.flags->maildir_letters() +
                 std::to_string(fact.mod_seq->value);
      },
      flags_end.handler());
  bench.run();
  CHECK(server.problems() == none());
  CHECK(server.finished());
  CHECK(facts == " 1=5 2=6");
  CHECK(flags == " 3R6");
  CHECK(sink.bodies == std::map<std::uint32_t, std::string>{{1, "ab"}, {2, "cde"}});
  CHECK(sink.said == " 1 2");
  CHECK(events.said == " exists4 flags1:D flags77:T flags0:T expunged expunged flags99:?");
  CHECK(facts_end.ok());
  CHECK(flags_end.ok());
  REQUIRE(bodies_end.ok());
  CHECK(bodies_end.value->ok);
  CHECK(bodies_end.value->text == "bodies done");
}

TEST_CASE("only a body that names a message which was asked for is one") {
  struct Row {
    std::string response;
    std::string said;
  };
  const auto row = GENERATE(values<Row>({
      {"* 1 FETCH (UID 1 BODY[] {2}\r\nab)\r\n", " 1"},
      {"* 1 FETCH (BODY[] {2}\r\nab UID 1)\r\n", " 1"},
      {"* 1 FETCH (UID 2 BODY[] \"\")\r\n", " 2"},
      {"* 1 FETCH (UID 1 BODY[] {2}\r\nab)\r\n* 1 FETCH (UID 1 BODY[] {2}\r\nab)\r\n", " 1 1"},
      {"* 1 FETCH (BODY[] {2}\r\nab)\r\n", " void"},
      {"* 1 FETCH (UID 5 BODY[] {2}\r\nab)\r\n", " void"},
      {"* 1 FETCH (UID 1 BODY[] NIL)\r\n", " nil1"},
      {"* 1 FETCH (UID 5 BODY[] NIL)\r\n", ""},
      {"* 1 FETCH (BODY[] NIL)\r\n", ""},
      {"* 1 FETCH (UID 1 BODY[] {2}\r\nab BODY[] {2}\r\ncd)\r\n", " void"},
      {"* 1 FETCH (UID 1)\r\n", ""},
      // The other request's message, with a sink of its own.
      {"* 1 FETCH (UID 7 BODY[] {2}\r\nab)\r\n", " void"},
      // A third request, with this sink.
      {"* 1 FETCH (UID 9 BODY[] {2}\r\nab)\r\n", " 9"},
  }));
  INFO(row.response);
  Bench bench;
  const ScriptedServer server(
      bench.network, examined("", {expect("$a UID FETCH 1:2 *"), expect("$b UID FETCH 7 *"),
                                   expect("$c UID FETCH 9 *"), send(row.response),
                                   send("$a OK done\r\n$b OK done\r\n$c OK done\r\n")}));
  bench.open();
  examine(bench);
  BodyProbe sink;
  BodyProbe other;
  Answer<FetchEnd> ends[3];
  ends[0].operation = bench.connection->fetch_bodies(Bench::uids("1:2"), sink, ends[0].handler());
  ends[1].operation = bench.connection->fetch_bodies(Bench::uids("7"), other, ends[1].handler());
  ends[2].operation = bench.connection->fetch_bodies(Bench::uids("9"), sink, ends[2].handler());
  bench.run();
  CHECK(server.problems() == none());
  CHECK(sink.said == row.said);
  CHECK(other.said.empty());
  CHECK_FALSE(sink.open);
  for (const auto& end : ends) CHECK(end.ok());
}

TEST_CASE("a refused FETCH of bodies is an answer, a throttle is an error") {
  struct Row {
    std::string reply;
    std::string text;
    std::string problem;
  };
  const auto row = GENERATE(values<Row>({
      {"NO Some messages could not be FETCHed (Failure)",
       "Some messages could not be FETCHed (Failure)", ""},
      {"NO [SERVERBUG] UID FETCH Server error", "UID FETCH Server error", ""},
      {"BAD what", "what", ""},
      {"NO [OVERQUOTA] Account exceeded bandwidth limits.", "",
       "while fetching bodies of 1 message: server said NO [OVERQUOTA]: Account exceeded bandwidth "
       "limits."},
  }));
  Bench bench;
  const ScriptedServer server(
      bench.network, examined("", {expect("$a UID FETCH 1 *"), send("$a " + row.reply + "\r\n")}));
  bench.open();
  examine(bench);
  BodyProbe sink;
  Answer<FetchEnd> end;
  end.operation = bench.connection->fetch_bodies(Bench::uids("1"), sink, end.handler());
  bench.run();
  CHECK(end.calls == 1);
  CHECK(end.problem() == row.problem);
  if (end.value) {
    CHECK_FALSE(end.value->ok);
    CHECK(end.value->text == row.text);
  }
}

TEST_CASE("at most eight commands are in flight, and a long set is many commands") {
  Bench bench;
  UidSet sparse;
  for (std::uint32_t uid = 1'000'000; uid < 1'003'000; uid += 2) sparse.add(Uid{uid});
  const auto parts = sparse.split(900);
  REQUIRE(parts.size() > 8);
  Conversation talk;
  for (const char* tag : {"$f", "$g", "$h", "$i", "$j", "$k", "$l", "$m"}) {
    talk.push_back(expect(std::string(tag) + " UID FETCH *"));
  }
  const ScriptedServer server(bench.network, examined("", talk));
  bench.open();
  examine(bench);
  const std::size_t before = server.received().size();
  Answer<Done> answer;
  answer.operation = bench.connection->fetch_facts(sparse, nullptr, answer.handler());
  bench.world.advance(std::chrono::seconds(1));
  CHECK(server.finished());
  REQUIRE(server.received().size() == before + 8);
  const std::string first = server.received()[before];
  bench.network.last_link()->send(first.substr(0, first.find(' ')) + " OK done\r\n");
  bench.world.advance(std::chrono::seconds(1));
  CHECK(server.received().size() == before + 9);
  for (const auto& line : server.received()) CHECK(line.size() < 1000);
  CHECK(answer.calls == 0);
}

TEST_CASE("facts of a server with a limit are asked on until they are complete") {
  Bench bench;
  const ScriptedServer server(
      bench.network,
      examined("", {expect("$a UID FETCH 1:9 *"),
                    send("* 1 FETCH (UID 9 RFC822.SIZE 1)\r\n$a OK [MESSAGELIMIT 1 9] more\r\n"),
                    expect("$b UID FETCH 1:8 *"),
                    send("* 1 FETCH (UID 3 RFC822.SIZE 1)\r\n$b OK done\r\n")}));
  bench.open();
  examine(bench);
  std::string seen;
  Answer<Done> answer;
  answer.operation = bench.connection->fetch_facts(
      Bench::uids("1:9"),
      [&](const MessageFacts& facts) { seen += " " + std::to_string(facts.uid.value); },
      answer.handler());
  bench.run();
  CHECK(server.problems() == none());
  CHECK(answer.ok());
  CHECK(seen == " 9 3");
}

TEST_CASE("facts that come in pieces are all handed on, and what cannot be read is said") {
  Bench bench;
  EventsProbe events;
  const ScriptedServer server(
      bench.network, examined("", {expect("$a UID FETCH 1:3 (UID FLAGS INTERNALDATE RFC822.SIZE)"),
                                   send("* 1 FETCH (UID 1 FLAGS (\\Seen work))\r\n"
                                        "* 1 FETCH (RFC822.SIZE 5 UID 1)\r\n"
                                        "* 2 FETCH (UID 2 RFC822.SIZE 6)\r\n"
                                        "* 3 FETCH (UID 3 FLAGS (\\Seen)\r\n"
                                        "* 2 FETCH (UID 2 FLAGS (\\Draft) INTERNALDATE "
                                        "\"17-Jul-1996 02:44:25 -0700\")\r\n"
                                        "$a OK done\r\n")}));
  bench.open();
  examine(bench);
  bench.connection->set_events(&events);
  std::map<std::uint32_t, MessageFacts> known;
  Answer<Done> end;
  end.operation = bench.connection->fetch_facts(
      Bench::uids("1:3"), [&](const MessageFacts& facts) { known[facts.uid.value].add(facts); },
      end.handler());
  bench.run();
  CHECK(end.ok());
  REQUIRE(known.size() == 3);
  CHECK(known.contains(0));  // of UID 3 nobody could say what
  CHECK(known[1].flags->maildir_letters() == "S");
  CHECK(known[1].flags->keywords == std::vector<std::string>{"work"});
  CHECK(known[1].rfc822_size == 5U);
  CHECK(known[2].flags->maildir_letters() == "D");
  CHECK(known[2].rfc822_size == 6U);
  CHECK(known[2].internal_date == 837596665);
}

TEST_CASE("the facts of an opening may come before their bodies") {
  class Sink final : public BodySink {
   public:
    void on_body_begin(std::uint64_t) override {}
    void on_body_bytes(ByteView) override {}
    void on_body_end(const MessageFacts& message) override { facts.add(message); }
    void on_body_facts(const MessageFacts& some) override { facts.add(some); }
    void on_body_void(std::optional<Uid>) override {}
    MessageFacts facts;
  };
  Bench bench;
  const ScriptedServer server(
      bench.network,
      examined("", {expect("$a UID FETCH 1 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])"),
                    send("* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n* 1 FETCH (UID 1 RFC822.SIZE 2 "
                         "BODY[] {2}\r\nab)\r\n$a OK done\r\n")}));
  bench.open();
  examine(bench);
  Sink sink;
  Answer<FetchEnd> end;
  end.operation = bench.connection->fetch_messages(Bench::uids("1"), sink, end.handler());
  bench.run();
  CHECK(end.ok());
  REQUIRE(sink.facts.flags);
  CHECK(sink.facts.flags->seen);
  CHECK(sink.facts.rfc822_size == 2U);
}

TEST_CASE("more keywords than anybody can hold are refused for these messages, not for all") {
  Bench bench;
  std::string flags;
  for (int i = 0; i < 900; ++i) flags += " " + std::string(1000, 'k') + std::to_string(i);
  std::string answer;
  for (int i = 0; i < 80; ++i) answer += "* 1 FETCH (UID 1 FLAGS (" + flags.substr(1) + "))\r\n";
  const ScriptedServer server(
      bench.network,
      examined("", {expect("$a UID FETCH 1:3 (UID FLAGS)"), send(answer + "$a OK done\r\n"),
                    expect("$b NOOP"), send("$b OK done\r\n")}));
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
  Answer<Done> noop;
  noop.operation = bench.connection->noop(noop.handler());
  bench.run();
  CHECK(noop.ok());
}
