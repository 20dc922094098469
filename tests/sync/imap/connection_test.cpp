#include "sync/imap/connection.h"

#include "tests/sync/imap/connection_bench.h"

using namespace imapkeep;
using namespace imapkeep::imap;

namespace {

using Bench = ConnectionBench;

Conversation examined(const std::string& offered, Conversation rest) {
  Conversation all{expect("$e EXAMINE \"INBOX\"*"),
                   send("* 3 EXISTS\r\n* OK [UIDVALIDITY 9] .\r\n* OK [UIDNEXT 8] .\r\n"
                        "$e OK [READ-ONLY] done\r\n")};
  for (auto& turn : rest) all.push_back(std::move(turn));
  return after_login(offered, std::move(all));
}

void examine(Bench& bench) {
  Answer<Examined> answer;
  answer.operation = bench.connection->examine(Bench::name("INBOX"), answer.handler());
  bench.run();
  REQUIRE(answer.problem() == "");
  REQUIRE(answer.ok());
  CHECK(answer.value->exists == 3);
  CHECK(answer.value->uid_validity.value == 9);
}

}  // namespace

TEST_CASE("a connection opens in every way that servers know") {
  struct Row {
    std::string name;
    TlsMode tls;
    Conversation talk;
  };
  const std::string id = "ID (\"name\" \"imapkeep\" \"version\" \"0.1.0\" \"vendor\" \"imapkeep\")";
  const auto row = GENERATE_COPY(values<Row>({
      {"all at once", TlsMode::kImplicit, after_login(" XYZZY", {})},
      {"step by step",
       TlsMode::kImplicit,
       {send("* OK hello\r\n"), expect("$a CAPABILITY"),
        send("* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n$a OK done\r\n"),
        expect("$b AUTHENTICATE PLAIN"), send("+\r\n"), expect("AG1lAHNlY3JldA=="),
        send("$b OK done\r\n"), expect("$c CAPABILITY"),
        send("* CAPABILITY IMAP4rev1 ID ENABLE CONDSTORE NAMESPACE\r\n$c OK done\r\n"),
        expect("$d " + id), send("* ID (\"name\" \"Test\" \"version\" \"7\")\r\n$d OK done\r\n"),
        expect("$e ENABLE CONDSTORE"), send("* ENABLED CONDSTORE\r\n$e OK done\r\n"),
        expect("$f NAMESPACE"), send("* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n$f OK done\r\n")}},
      {"STARTTLS",
       TlsMode::kStartTls,
       {send("* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] hello\r\n"), expect("$a STARTTLS"),
        send("$a OK go\r\n"), tls_starts(), expect("$b CAPABILITY"),
        send("* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\r\n$b OK done\r\n"),
        expect("$c AUTHENTICATE PLAIN AG1lAHNlY3JldA=="),
        send("$c OK [CAPABILITY IMAP4rev1] done\r\n")}},
      {"LOGIN",
       TlsMode::kImplicit,
       {send("* OK [CAPABILITY IMAP4rev1] hello\r\n"), expect("$a LOGIN \"me\" \"secret\""),
        send("$a OK [CAPABILITY IMAP4rev1] done\r\n")}},
      {"a tunnel", TlsMode::kNone, {send("* PREAUTH [CAPABILITY IMAP4rev1] hello\r\n")}},
  }));
  INFO(row.name);
  const auto piece = GENERATE(std::size_t{1}, std::size_t{7}, SIZE_MAX);
  Bench bench(row.tls);
  bench.network.faults.piece = piece;
  const ScriptedServer server(bench.network, row.talk);
  bench.open();
  CHECK(server.problems() == none());
  CHECK(server.finished());
  CHECK(bench.connection->capabilities().has("IMAP4rev1"));
  CHECK(bench.world.timers_left() == 0);
  CHECK(bench.network.dials().front().tls.has_value() == (row.tls == TlsMode::kImplicit));
  CHECK(bench.connection->server_name() == (row.name == "step by step" ? "Test 7"
                                            : row.name == "STARTTLS"   ? ""
                                                                       : "hello"));
}

TEST_CASE("what goes wrong while opening is said with its remedy") {
  struct Row {
    TlsMode tls;
    Conversation talk;
    std::string problem;
    Remedy remedy;
  };
  const auto row = GENERATE(values<Row>({
      {TlsMode::kStartTls,
       {send("* OK [CAPABILITY IMAP4rev1 STARTTLS] hello\r\n"), expect("$a STARTTLS"),
        send("$a OK go\r\n* OK [ALERT] evil\r\n")},
       "while starting TLS: bytes in clear text behind the OK of STARTTLS",
       Remedy::kNeedsOperator},
      {TlsMode::kImplicit,
       {send("* BYE [UNAVAILABLE] later\r\n"), closes()},
       "while waiting for the greeting: server said BYE [UNAVAILABLE]: later",
       Remedy::kRetryLater},
      {TlsMode::kImplicit,
       {closes()},
       "while waiting for the greeting: server closed the connection",
       Remedy::kRetrySoon},
      {TlsMode::kImplicit,
       {send("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] hello\r\n"),
        expect("$a AUTHENTICATE *"), send("* BYE too many connections\r\n"), closes()},
       "while logging in: server said BYE: too many connections",
       Remedy::kRetryLater},
      {TlsMode::kImplicit,
       {send("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] hello\r\n"),
        expect("$a AUTHENTICATE *"), send("A OK welcome\r\n")},
       "while logging in: protocol error: a reply to a command that was not sent (A)",
       Remedy::kRetrySoon},
      {TlsMode::kImplicit,
       {send("* OK hel")},
       "while waiting for the greeting: the server said nothing for 60 s",
       Remedy::kRetrySoon},
  }));
  Bench bench(row.tls);
  const ScriptedServer server(bench.network, row.talk);
  bench.start();
  bench.run();
  CHECK(server.problems() == none());
  CHECK(bench.opened.calls == 1);
  CHECK(bench.opened.problem() == row.problem);
  REQUIRE(bench.opened.error);
  CHECK(static_cast<int>(bench.opened.error->remedy) == static_cast<int>(row.remedy));
  CHECK(bench.network.open_links() == 0);
  CHECK_FALSE(bench.logs.contains("evil"));
  CHECK_FALSE(bench.logs.contains("AG1lAHNlY3JldA"));
}

TEST_CASE("the dialer's word is passed on, with the address") {
  Bench bench;
  bench.network.refuse(server_error("connection refused"));
  bench.start();
  CHECK(bench.opened.calls == 0);
  bench.run();
  CHECK(bench.opened.problem() == "while connecting to imap.example.org:993: connection refused");
  Answer<Done> later;
  later.operation = bench.connection->noop(later.handler());
  CHECK(later.calls == 0);
  bench.run();
  CHECK(later.problem().find("while probing the server: while connecting to") == 0);
}

TEST_CASE("LIST asks for all in one, and again plainly where that fails") {
  struct Row {
    std::string name;
    std::string offered;
    Conversation talk;
    std::string names;  // or the problem
  };
  const std::string with_status =
      "LIST \"\" \"*\" RETURN (SPECIAL-USE STATUS (MESSAGES UIDNEXT UIDVALIDITY))";
  const auto row = GENERATE_COPY(values<Row>({
      {"plain",
       "",
       {expect("$l LIST \"\" \"*\""),
        send("* LIST () \"/\" inbox\r\n* LIST (\\noselect) \"/\" \"A B\"\r\n$l OK done\r\n")},
       "INBOX A B(no)"},
      {"with status",
       " LIST-STATUS SPECIAL-USE",
       {expect("$l " + with_status),
        send("* LIST (\\Sent) \"/\" Sent\r\n* STATUS Sent (MESSAGES 2 UIDVALIDITY 5)\r\n"
             "* LIST () NIL INBOX\r\n* STATUS inbox (MESSAGES 7)\r\n$l OK done\r\n")},
       "Sent=2 INBOX=7"},
      {"refused with RETURN",
       " LIST-STATUS SPECIAL-USE",
       {expect("$l " + with_status), send("* LIST () \"/\" Half\r\n$l BAD what?\r\n"),
        expect("$m LIST \"\" \"*\""), send("* LIST () \"/\" INBOX\r\n$m OK done\r\n")},
       "INBOX"},
      {"nothing with RETURN",
       " LIST-STATUS SPECIAL-USE",
       {expect("$l " + with_status), send("$l OK done\r\n"), expect("$m LIST \"\" \"*\""),
        send("* LIST () \"/\" INBOX\r\n$m OK done\r\n")},
       "INBOX"},
      {"throttled with RETURN",
       " LIST-STATUS SPECIAL-USE",
       {expect("$l " + with_status), send("$l BAD Request is throttled.\r\n")},
       "while listing folders: server said BAD: Request is throttled."},
      {"no INBOX",
       "",
       {expect("$l LIST \"\" \"*\""), send("* LIST () \"/\" Other\r\n$l OK done\r\n")},
       "while listing folders: the server listed no INBOX"},
      {"refused",
       "",
       {expect("$l LIST \"\" \"*\""), send("* LIST () \"/\" INBOX\r\n$l NO not now\r\n")},
       "while listing folders: server said NO: not now"},
      {"twice the same",
       "",
       {expect("$l LIST \"\" \"*\""),
        send("* LIST (\\Noselect) NIL INBOX\r\n* LIST (\\X) \"/\" Inbox\r\n$l OK done\r\n")},
       "INBOX/2"},
  }));
  INFO(row.name);
  Bench bench;
  const ScriptedServer server(bench.network, after_login(row.offered, row.talk));
  bench.open();
  Answer<std::vector<ListedMailbox>> answer;
  answer.operation = bench.connection->list(answer.handler());
  bench.run();
  CHECK(server.problems() == none());
  CHECK(server.finished());
  CHECK(answer.calls == 1);
  std::string names = answer.problem();
  if (answer.value) {
    for (const auto& mailbox : *answer.value) {
      names += (names.empty() ? "" : " ") + mailbox.name.raw;
      if (!mailbox.selectable) names += "(no)";
      if (mailbox.attributes.size() > 1) names += "/" + std::to_string(mailbox.attributes.size());
      if (mailbox.status) names += "=" + std::to_string(mailbox.status->messages.value_or(0));
    }
  }
  CHECK(names == row.names);
  if (answer.error) {
    CHECK(static_cast<int>(answer.error->remedy) == static_cast<int>(Remedy::kRetryLater));
  }
}

TEST_CASE("STATUS and EXAMINE answer for one folder, and a refusal is that folder's") {
  Bench bench;
  const ScriptedServer server(
      bench.network,
      after_login(" CONDSTORE",
                  {expect("$a STATUS \"A\" (MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ)"),
                   send("* STATUS B (MESSAGES 1)\r\n* STATUS A (MESSAGES 2 UIDVALIDITY 0 "
                        "HIGHESTMODSEQ 5)\r\n$a OK done\r\n"),
                   expect("$b STATUS \"A\" *"), send("$b NO [NONEXISTENT] gone\r\n"),
                   expect("$c STATUS \"A\" *"), send("$c OK done\r\n"),
                   expect("$d EXAMINE \"A\" (CONDSTORE)"),
                   send("* 7 EXISTS\r\n* OK [CLOSED] .\r\n* OK [UIDVALIDITY 4] .\r\n* 2 EXISTS\r\n"
                        "* OK [HIGHESTMODSEQ 12] .\r\n$d OK done\r\n"),
                   expect("$e EXAMINE \"A\" *"), send("$e NO [NOPERM] no\r\n"),
                   expect("$f EXAMINE \"A\" *"), send("* OK [UIDVALIDITY 4] .\r\n$f OK done\r\n"),
                   expect("$g EXAMINE \"A\" *"), send("* 0 EXISTS\r\n$g OK [NOMODSEQ] done\r\n")}));
  bench.open();
  const auto name = Bench::name("A");
  Answer<MailboxStatus> status[3];
  for (auto& answer : status) answer.operation = bench.connection->status(name, answer.handler());
  Answer<Examined> examined[4];
  for (auto& answer : examined) {
    answer.operation = bench.connection->examine(name, answer.handler());
  }
  bench.run();
  CHECK(server.problems() == none());
  CHECK(server.finished());
  REQUIRE(status[0].ok());
  CHECK(status[0].value->messages == 2);
  CHECK_FALSE(status[0].value->uid_validity);
  CHECK(status[0].value->highest_mod_seq->value == 5);
  CHECK(status[1].problem() ==
        "while asking for the status of folder A: server said NO [NONEXISTENT]: gone");
  CHECK(status[2].problem().find("without a STATUS") != std::string::npos);
  REQUIRE(examined[0].ok());
  CHECK(examined[0].value->exists == 2);
  CHECK(examined[0].value->uid_validity.value == 4);
  CHECK(examined[0].value->uid_next == 0);
  CHECK(examined[0].value->highest_mod_seq.value == 12);
  CHECK(examined[1].problem() == "while examining folder A: server said NO [NOPERM]: no");
  CHECK(static_cast<int>(examined[1].error->remedy) == static_cast<int>(Remedy::kSkipMessage));
  CHECK(examined[2].problem().find("did not say how many") != std::string::npos);
  REQUIRE(examined[3].ok());
  CHECK(examined[3].value->uid_validity.value == 0);
  CHECK(examined[3].value->highest_mod_seq.value == 0);
}

TEST_CASE("a search is complete or an error") {
  struct Row {
    std::string name;
    std::string offered;
    Conversation talk;
    std::string found;
  };
  const std::string extended = "$s UID SEARCH RETURN (ALL) UID 1:4294967295";
  const std::string plain = "$s UID SEARCH UID 1:4294967295";
  const std::string silent =
      "while searching for all messages: the server said OK without saying which messages there "
      "are";
  const auto row = GENERATE_COPY(values<Row>({
      {"ESEARCH",
       " ESEARCH",
       {expect(extended), send("* ESEARCH (TAG \"$s\") UID ALL 2:4,9\r\n$s OK done\r\n")},
       "2:4,9"},
      {"ESEARCH, none",
       " ESEARCH",
       {expect(extended), send("* ESEARCH (TAG \"$s\") UID\r\n$s OK done\r\n")},
       ""},
      {"another's tag",
       " ESEARCH",
       {expect(extended), send("* ESEARCH (TAG \"x\") UID ALL 2:4\r\n$s OK done\r\n")},
       silent},
      {"no tag",
       " ESEARCH",
       {expect(extended), send("* ESEARCH UID ALL 2:4\r\n$s OK done\r\n")},
       silent},
      {"sequence numbers",
       " ESEARCH",
       {expect(extended), send("* ESEARCH (TAG \"$s\") ALL 2:4\r\n$s OK done\r\n")},
       silent},
      {"SEARCH",
       "",
       {expect(plain), send("* SEARCH 9 2 3\r\n* SEARCH 4\r\n$s OK done\r\n")},
       "2:4,9"},
      {"SEARCH, none", "", {expect(plain), send("* SEARCH\r\n$s OK done\r\n")}, ""},
      {"OK and nothing", "", {expect(plain), send("$s OK done\r\n")}, silent},
      {"NO",
       "",
       {expect(plain), send("$s NO broken\r\n")},
       "while searching for all messages: server said NO: broken"},
      {"limited",
       "",
       {expect(plain), send("* SEARCH 8 9\r\n$s OK [MESSAGELIMIT 2 8] more\r\n"),
        expect("$t UID SEARCH UID 1:7"),
        send("* SEARCH 5\r\n* NO [MESSAGELIMIT 2 5] more\r\n$t OK done\r\n"),
        expect("$u UID SEARCH UID 1:4"), send("* SEARCH 1\r\n$u OK done\r\n")},
       "1,5,8:9"},
      {"limited without end",
       "",
       {expect(plain), send("* SEARCH 8 9\r\n$s OK [MESSAGELIMIT 2 8] more\r\n"),
        expect("$t UID SEARCH UID 1:7"), send("* SEARCH 5\r\n$t OK [MESSAGELIMIT 2 8] more\r\n")},
       "5,8:9"},
  }));
  INFO(row.name);
  Bench bench;
  const ScriptedServer server(bench.network, examined(row.offered, row.talk));
  bench.open();
  examine(bench);
  Answer<UidSet> answer;
  answer.operation = bench.connection->search_all(3, answer.handler());
  bench.run();
  CHECK(server.problems() == none());
  CHECK(server.finished());
  CHECK(answer.calls == 1);
  CHECK((answer.value ? answer.value->str() : answer.problem()) == row.found);
}

TEST_CASE("an empty folder is not searched, and the answer waits its turn") {
  Bench bench;
  const ScriptedServer server(bench.network,
                              examined("", {expect("$n NOOP"), send("$n OK done\r\n")}));
  bench.open();
  examine(bench);
  std::string order;
  auto noop = bench.connection->noop([&](Result<Done>) { order += "noop "; });
  auto search = bench.connection->search_all(0, [&](Result<UidSet> found) {
    CHECK(found->empty());
    order += "search ";
  });
  BodyProbe sink;
  auto bodies = bench.connection->fetch_bodies({}, sink, [&](Result<FetchEnd> end) {
    CHECK(end->ok);
    order += "bodies ";
  });
  auto facts = bench.connection->fetch_facts({}, nullptr, [&](Result<Done>) { order += "facts "; });
  CHECK(order.empty());
  bench.run();
  CHECK(order == "noop search bodies facts ");
  CHECK(server.problems() == none());
  CHECK(server.finished());
}

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
  CHECK(events.said == " exists4 flags1:D flags77:T expunged expunged flags99:?");
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
      // The other question's message, with a sink of its own.
      {"* 1 FETCH (UID 7 BODY[] {2}\r\nab)\r\n", " void"},
      // A third question, with this sink.
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

TEST_CASE("at most four commands are in flight, and a long set is many commands") {
  Bench bench;
  UidSet sparse;
  for (std::uint32_t uid = 1'000'000; uid < 1'001'000; uid += 2) sparse.add(Uid{uid});
  const auto parts = sparse.split(900);
  REQUIRE(parts.size() > 4);
  Conversation talk;
  for (std::size_t i = 0; i < 4; ++i)
    talk.push_back(expect("$" + std::string(1, char('f' + i)) + " UID FETCH *"));
  talk.push_back(send("$f OK done\r\n"));
  talk.push_back(expect("$x UID FETCH *"));
  const ScriptedServer server(bench.network, examined("", talk));
  bench.open();
  examine(bench);
  Answer<Done> answer;
  answer.operation = bench.connection->fetch_facts(sparse, nullptr, answer.handler());
  bench.world.advance(std::chrono::seconds(1));
  CHECK(server.problems() == none());
  CHECK(server.finished());
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

TEST_CASE("EXAMINE waits for what is in flight, and what comes later waits for EXAMINE") {
  Bench bench;
  const ScriptedServer server(
      bench.network,
      examined("", {expect("$a UID FETCH 1 *"), expect("$b UID FETCH 2 *"), send("$a OK done\r\n"),
                    send("$b OK done\r\n"), expect("$c EXAMINE \"B\""),
                    send("* 0 EXISTS\r\n$c OK done\r\n"), expect("$d NOOP"), send("$d OK done\r\n"),
                    expect("$e LOGOUT"), send("* BYE see you\r\n$e OK done\r\n"), closes()}));
  bench.open();
  examine(bench);
  BodyProbe sink;
  Answer<FetchEnd> fetches[2];
  fetches[0].operation =
      bench.connection->fetch_bodies(Bench::uids("1"), sink, fetches[0].handler());
  fetches[1].operation =
      bench.connection->fetch_bodies(Bench::uids("2"), sink, fetches[1].handler());
  Answer<Examined> other;
  other.operation = bench.connection->examine(Bench::name("B"), other.handler());
  Answer<Done> noop;
  noop.operation = bench.connection->noop(noop.handler());
  Answer<Done> logout;
  logout.operation = bench.connection->logout(logout.handler());
  bench.run();
  CHECK(server.problems() == none());
  CHECK(server.finished());
  CHECK((fetches[0].ok() && fetches[1].ok() && other.ok() && noop.ok() && logout.ok()));
  Answer<Done> later;
  later.operation = bench.connection->noop(later.handler());
  bench.run();
  CHECK(later.problem() == "while probing the server: the connection was logged out");
}

TEST_CASE("an alert reaches the operator's log, harmlessly") {
  Bench bench;
  const ScriptedServer server(
      bench.network,
      after_login("", {expect("$a NOOP"), send("* OK [ALERT] disk \x1b[2J full\r\n$a OK\r\n")}));
  bench.open();
  Answer<Done> noop;
  noop.operation = bench.connection->noop(noop.handler());
  bench.run();
  CHECK(noop.ok());
  CHECK(bench.logs.count(LogLevel::kWarning) == 1);
  CHECK(bench.logs.contains("full"));
  CHECK_FALSE(bench.logs.contains("\x1b"));
}
