// Requests about folders, and the order of requests.
#include "tests/sync/imap/connection_bench.h"

using namespace imapkeep;
using namespace imapkeep::imap;

using Bench = ConnectionBench;

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
       "Other"},
      {"no INBOX with RETURN",
       " LIST-STATUS SPECIAL-USE",
       {expect("$l " + with_status), send("* LIST () \"/\" Other\r\n$l OK done\r\n"),
        expect("$m LIST \"\" \"*\""), send("* LIST () \"/\" Other\r\n$m OK done\r\n")},
       "Other"},
      {"nothing",
       "",
       {expect("$l LIST \"\" \"*\""), send("$l OK done\r\n")},
       "while listing folders: the server listed no folder at all"},
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
  CHECK(examined[1].problem() ==
        "while examining folder A: server said NO [NOPERM]: no; ask its owner for "
        "the right to read it, or leave it out (folders.exclude)");
  CHECK(static_cast<int>(examined[1].error->remedy) == static_cast<int>(Remedy::kSkipMessage));
  CHECK(examined[2].problem().find("did not say how many") != std::string::npos);
  REQUIRE(examined[3].ok());
  CHECK(examined[3].value->uid_validity.value == 0);
  CHECK(examined[3].value->highest_mod_seq.value == 0);
}

TEST_CASE("names with odd bytes go as literals, each behind its own +") {
  const auto piece = GENERATE(std::size_t{1}, SIZE_MAX);
  const std::string odd = "a\xff";
  const std::string odder = "b\"\x80";
  Bench bench;
  bench.network.faults.piece = piece;
  const ScriptedServer server(
      bench.network,
      after_login("",
                  {expect("$a STATUS {2}"), send("+ go\r\n"),
                   expect(odd + " (MESSAGES UIDNEXT UIDVALIDITY)"),
                   send("* STATUS {2}\r\n" + odd + " (MESSAGES 4)\r\n$a OK done\r\n"),
                   expect("$b STATUS {3}"), send("+ go\r\n"),
                   expect(odder + " (MESSAGES UIDNEXT UIDVALIDITY)"),
                   send("* STATUS {3}\r\n" + odder + " (MESSAGES 5)\r\n$b OK done\r\n"),
                   expect("$c STATUS \"C\" *"), send("* STATUS C (MESSAGES 6)\r\n$c OK done\r\n"),
                   expect("$d EXAMINE {2}"), send("$d NO not there\r\n"), expect("$e EXAMINE {2}"),
                   send("+ go\r\n"), expect(odd),
                   send("* 7 EXISTS\r\n* OK [UIDVALIDITY 4] .\r\n$e OK done\r\n")}));
  bench.open();
  Answer<MailboxStatus> status[3];
  const std::string names[] = {odd, odder, "C"};
  for (int i = 0; i < 3; ++i) {
    status[i].operation = bench.connection->status(Bench::name(names[i]), status[i].handler());
  }
  Answer<Examined> examined[2];
  for (auto& answer : examined) {
    answer.operation = bench.connection->examine(Bench::name(odd), answer.handler());
  }
  bench.run();
  CHECK(server.problems() == none());
  CHECK(server.finished());
  for (std::uint64_t i = 0; i < 3; ++i) {
    REQUIRE(status[i].ok());
    CHECK(status[i].value->messages == 4 + i);
  }
  CHECK(examined[0].problem().find("not there") != std::string::npos);
  REQUIRE(examined[1].ok());
  CHECK(examined[1].value->exists == 7);
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

TEST_CASE("EXAMINE follows bodies that are in flight, and others follow it, but not LOGOUT") {
  Bench bench;
  const ScriptedServer server(
      bench.network,
      examined("",
               {expect("$a UID FETCH 1 *"), expect("$b UID FETCH 2 *"), expect("$c EXAMINE \"B\""),
                expect("$d NOOP"), send("$a OK done\r\n"), send("$b OK done\r\n"),
                send("* 0 EXISTS\r\n$c OK done\r\n"), send("$d OK done\r\n"), expect("$e LOGOUT"),
                send("* BYE see you\r\n$e OK done\r\n"), closes()}));
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

TEST_CASE("EXAMINE waits for questions that may have to ask on") {
  Bench bench;
  const ScriptedServer server(
      bench.network,
      examined("", {expect("$a UID SEARCH UID 1:4294967295"),
                    send("* SEARCH 2\r\n$a OK [MESSAGELIMIT 1 2] more\r\n"),
                    expect("$b UID SEARCH UID 1:1"), send("* SEARCH 1\r\n$b OK done\r\n"),
                    expect("$c EXAMINE \"B\""), send("* 0 EXISTS\r\n$c OK done\r\n")}));
  bench.open();
  examine(bench);
  Answer<UidSet> found;
  found.operation = bench.connection->search_all(3, found.handler());
  Answer<Examined> other;
  other.operation = bench.connection->examine(Bench::name("B"), other.handler());
  bench.run();
  CHECK(server.problems() == none());
  CHECK(server.finished());
  REQUIRE(found.ok());
  CHECK(found.value->str() == "1:2");
  CHECK(other.ok());
}

TEST_CASE("what is said before the reply to EXAMINE is of the mailbox that is being left") {
  Bench bench;
  EventsProbe old;
  EventsProbe news;
  const ScriptedServer server(
      bench.network,
      examined("", {expect("$a UID FETCH 1:3 (UID BODY.PEEK[])"), expect("$b EXAMINE \"B\""),
                    expect("$c UID FETCH 1:3 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])"),
                    send("* 4 EXISTS\r\n* 1 FETCH (UID 1 BODY[] {3}\r\nold)\r\n$a OK done\r\n"
                         "* OK [CLOSED] .\r\n* 7 EXISTS\r\n* OK [UIDVALIDITY 5] .\r\n"
                         "* OK [UIDNEXT 8] .\r\n$b OK done\r\n* 8 EXISTS\r\n"
                         "* 1 FETCH (UID 1 FLAGS (\\Seen) RFC822.SIZE 3 INTERNALDATE "
                         "\" 1-Jan-2020 00:00:00 +0000\" BODY[] {3}\r\nnew)\r\n$c OK done\r\n")}));
  bench.open();
  examine(bench);
  bench.connection->set_events(&old);
  BodyProbe left;
  BodyProbe entered;
  Answer<FetchEnd> bodies[2];
  Answer<Examined> other;
  bodies[0].operation =
      bench.connection->fetch_bodies(Bench::uids("1:3"), left, bodies[0].handler());
  other.operation = bench.connection->examine(Bench::name("B"), [&](Result<Examined> examined) {
    other.handler()(std::move(examined));
    bench.connection->set_events(&news);
  });
  bodies[1].operation =
      bench.connection->fetch_messages(Bench::uids("1:3"), entered, bodies[1].handler());
  bench.run();
  CHECK(server.problems() == none());
  CHECK(server.finished());
  REQUIRE(other.ok());
  CHECK(other.value->exists == 7);
  CHECK(other.value->uid_validity.value == 5);
  CHECK(left.bodies == std::map<std::uint32_t, std::string>{{1, "old"}});
  CHECK(entered.bodies == std::map<std::uint32_t, std::string>{{1, "new"}});
  CHECK(old.said == " exists4");
  CHECK(news.said == " exists8 flags1:S");
  // Whoever has taken the place of others is not put out by them.
  bench.connection->forget_events(&old);
  bench.network.last_link()->send("* 9 EXISTS\r\n");
  bench.run();
  CHECK(news.said == " exists8 flags1:S exists9");
}

TEST_CASE("a server that leaves a mailbox while it owes answers about it is not believed") {
  Bench bench;
  const ScriptedServer server(
      bench.network, examined("", {expect("$a UID FETCH 1:3 *"), expect("$b EXAMINE \"B\""),
                                   send("* 0 EXISTS\r\n$b OK done\r\n")}));
  bench.open();
  examine(bench);
  BodyProbe sink;
  Answer<FetchEnd> bodies;
  Answer<Examined> other;
  bodies.operation = bench.connection->fetch_bodies(Bench::uids("1:3"), sink, bodies.handler());
  other.operation = bench.connection->examine(Bench::name("B"), other.handler());
  bench.run();
  CHECK(bodies.problem() ==
        "while fetching bodies of 3 messages: the server left a mailbox while it owed answers "
        "about it");
  CHECK(other.calls == 1);
  CHECK_FALSE(other.ok());
}

TEST_CASE("a UIDVALIDITY of more than 32 bits is said to be one, and 0 is none") {
  Bench bench;
  const ScriptedServer server(
      bench.network,
      after_login("", {expect("$a EXAMINE \"A\""),
                       send("* 1 EXISTS\r\n* OK [UIDVALIDITY 5000000000] .\r\n$a OK done\r\n"),
                       expect("$b EXAMINE \"A\""),
                       send("* 1 EXISTS\r\n* OK [UIDVALIDITY 0] .\r\n$b OK done\r\n")}));
  bench.open();
  Answer<Examined> answers[2];
  for (auto& answer : answers) {
    answer.operation = bench.connection->examine(Bench::name("A"), answer.handler());
    bench.run();
  }
  REQUIRE(answers[0].error);
  CHECK(answers[0].error->remedy == Remedy::kSkipMessage);
  CHECK(answers[0].problem().find("the server says UIDVALIDITY 5000000000, which is more than the "
                                  "32 bits") != std::string::npos);
  REQUIRE(answers[1].ok());
  CHECK(answers[1].value->uid_validity == UidValidity{});
}

TEST_CASE("what does not end is ended: a LIST, a list of UIDs, talk that nobody asked for") {
  struct Row {
    std::string asked;
    std::function<std::string(int)> line;
    std::string problem;
    Remedy remedy;
    int lines;
  };
  const auto row = GENERATE_COPY(values<Row>({
      {"LIST *", [](int i) { return "* LIST () \"/\" folder" + std::to_string(i) + "\r\n"; },
       "the server lists folders without an end (400001 lines", Remedy::kRetryLater, 400'100},
      {"LIST *",
       [](int i) {
         return "* LIST (\\" + std::string(60'000, 'a') + std::to_string(i) + ") \"/\" one\r\n";
       },
       "the server lists folders without an end (1119 lines", Remedy::kRetryLater, 1200},
      {"LIST *", [](int) { return "* X-NOISE " + std::string(5'000, 'x') + "\r\n"; },
       "the server sent 64 MiB of what nobody had asked for, without an end", Remedy::kRetrySoon,
       14'000},
      {"UID SEARCH *",
       [](int i) {
         std::string line = "* SEARCH";
         for (int j = 0; j < 5000; ++j) line += " " + std::to_string((i * 5000 + j) * 2 + 1);
         return line + "\r\n";
       },
       "the server listed more than 2000000 ranges of UIDs in one mailbox", Remedy::kRetrySoon,
       420},
  }));
  INFO(row.problem);
  std::string endless;
  Conversation talk{expect("$a " + row.asked)};
  for (int i = 0; i < row.lines; ++i) endless += row.line(i);
  talk.push_back(send(endless));
  Bench bench;
  const ScriptedServer server(bench.network, after_login("", talk));
  bench.open();
  Answer<std::vector<ListedMailbox>> list;
  Answer<UidSet> found;
  if (row.asked == "LIST *") {
    list.operation = bench.connection->list(list.handler());
  } else {
    found.operation = bench.connection->search_all(5, found.handler());
  }
  bench.run();
  const auto& error = row.asked == "LIST *" ? list.error : found.error;
  REQUIRE(error);
  INFO(error->what);
  CHECK(error->what.find(row.problem) != std::string::npos);
  CHECK(error->remedy == row.remedy);
}
