// What else a TargetConnection asks: SELECT, CREATE, SUBSCRIBE, STORE, and SEARCH by Message-ID.
#include "tests/sync/imap/target_bench.h"

using namespace imapkeep;
using namespace imapkeep::imap;

TEST_CASE("SELECT says what may be changed") {
  struct Row {
    std::string said;
    bool read_only;
    std::vector<std::string> flags;
  };
  const auto row = GENERATE(values<Row>({
      {"* OK [PERMANENTFLAGS (\\Deleted \\Seen \\*)] .\r\n$s OK [READ-WRITE] done\r\n",
       false,
       {"\\Deleted", "\\Seen", "\\*"}},
      {"* OK [PERMANENTFLAGS ()] .\r\n$s OK [READ-ONLY] done\r\n", true, {}},
      {"$s OK done\r\n", false, {}},
  }));
  TargetBench bench;
  const ScriptedServer server(
      bench.network,
      after_login(" CONDSTORE", {expect("$s SELECT \"Archive\" (CONDSTORE)"),
                                 send("* 3 EXISTS\r\n* OK [UIDVALIDITY 9] .\r\n* OK [UIDNEXT 8] "
                                      ".\r\n" +
                                      row.said)}));
  bench.open();
  Answer<Selected> selected;
  selected.operation =
      bench.connection->select(ConnectionWorld::name("Archive"), selected.handler());
  bench.run();
  CHECK(server.problems() == none());
  REQUIRE(selected.ok());
  CHECK(selected.value->mailbox.uid_validity.value == 9);
  CHECK(selected.value->mailbox.uid_next == 8);
  CHECK(selected.value->mailbox.exists == 3);
  CHECK(selected.value->read_only == row.read_only);
  CHECK(selected.value->permanent_flags == row.flags);
}

TEST_CASE("CREATE and SUBSCRIBE, where the mailbox may be there already") {
  struct Row {
    bool create;
    std::string reply;
    std::string problem;
  };
  const auto row = GENERATE(values<Row>({
      {true, "OK done", ""},
      {true, "NO [ALREADYEXISTS] there", ""},
      {true, "NO [CANNOT] bad name",
       "while creating folder A/B: server said NO [CANNOT]: bad name"},
      {false, "OK done", ""},
      {false, "NO [ALREADYEXISTS] there",
       "while subscribing to folder A/B: server said NO [ALREADYEXISTS]: there"},
  }));
  TargetBench bench;
  const ScriptedServer server(
      bench.network,
      after_login("", {expect(row.create ? "$c CREATE \"A/B\"" : "$c SUBSCRIBE \"A/B\""),
                       send("$c " + row.reply + "\r\n")}));
  bench.open();
  Answer<Done> done;
  const auto name = ConnectionWorld::name("A/B");
  done.operation = row.create ? bench.connection->create(name, done.handler())
                              : bench.connection->subscribe(name, done.handler());
  bench.run();
  CHECK(server.problems() == none());
  CHECK(done.calls == 1);
  CHECK(done.problem() == row.problem);
  if (done.error) CHECK(done.error->remedy == Remedy::kSkipMessage);
}

TEST_CASE("STORE replaces, adds and removes flags, in as many commands as are needed") {
  TargetBench bench;
  const ScriptedServer server(
      bench.network,
      after_login(
          "", {expect("$a UID STORE 1:3,7 FLAGS.SILENT (\\Answered $Forwarded Work)"),
               expect("$b UID STORE 9 +FLAGS.SILENT (\\Seen)"),
               expect("$c UID STORE 9 -FLAGS.SILENT ()"),
               send("$a OK .\r\n$b NO [NOPERM] no\r\n$c OK .\r\n"), expect("$a UID STORE 1,3,*"),
               expect("$b UID STORE *"), send("$a OK .\r\n$b OK .\r\n")}));
  bench.open();
  Flags flags;
  flags.answered = true;
  flags.forwarded = true;
  flags.keywords = {"Work", "two words"};
  Flags seen;
  seen.seen = true;
  std::vector<Answer<Done>> answers(4);
  const auto store = [&](std::size_t n, const UidSet& uids, StoreFlags how, const Flags& what) {
    answers[n].operation = bench.connection->store_flags(uids, how, what, answers[n].handler());
  };
  store(0, ConnectionWorld::uids("1:3,7"), StoreFlags::kReplace, flags);
  store(1, ConnectionWorld::uids("9"), StoreFlags::kAdd, seen);
  store(2, ConnectionWorld::uids("9"), StoreFlags::kRemove, Flags{});
  bench.run();
  CHECK(answers[0].ok());
  CHECK(answers[1].problem().starts_with("while storing flags of 1 messages: server said NO"));
  CHECK(answers[2].ok());
  UidSet many;
  for (std::uint32_t uid = 1; uid < 400; uid += 2) many.add(Uid{uid});
  store(3, many, StoreFlags::kAdd, seen);
  bench.run();
  CHECK(answers[3].ok());
  CHECK(server.problems() == none());
}

TEST_CASE("a message is found by its Message-ID") {
  struct Row {
    std::string id;
    std::string offered;
    std::vector<Turn> talk;
    std::string found;
    std::string problem;
  };
  const std::string searching = "while searching for a message by its Message-ID: ";
  const auto row = GENERATE_COPY(values<Row>({
      {"<a\"b@c>",
       "",
       {expect("$s UID SEARCH HEADER Message-ID \"<a\\\"b@c>\""),
        send("* SEARCH 4 7\r\n$s OK .\r\n")},
       "4,7",
       ""},
      {"<a@c>",
       "",
       {expect("$s UID SEARCH HEADER Message-ID \"<a@c>\""), send("* SEARCH\r\n$s OK .\r\n")},
       "",
       ""},
      {"<a@c>",
       " ESEARCH",
       {expect("$s UID SEARCH RETURN (ALL) HEADER Message-ID \"<a@c>\""),
        send("* ESEARCH (TAG \"$s\") UID ALL 4:5\r\n$s OK .\r\n")},
       "4:5",
       ""},
      {"<\xc3\xa4@c>",
       " LITERAL+",
       {expect("$s UID SEARCH CHARSET UTF-8 HEADER Message-ID {6+}"), expect("<\xc3\xa4@c>"),
        send("* SEARCH 4\r\n$s OK .\r\n")},
       "4",
       ""},
      {"<a@c>",
       "",
       {expect("$s UID SEARCH*"), send("$s OK .\r\n")},
       "",
       "the server said OK without saying which messages it found"},
      {"<a@c>",
       "",
       {expect("$s UID SEARCH*"), send("$s NO [BADCHARSET] .\r\n")},
       "",
       "server said NO [BADCHARSET]: ."},
  }));
  INFO(row.id << row.offered << row.problem);
  TargetBench bench;
  const ScriptedServer server(bench.network, after_login(row.offered, row.talk));
  bench.open();
  Answer<UidSet> found;
  found.operation = bench.connection->search_message_id(row.id, found.handler());
  bench.run();
  CHECK(server.problems() == none());
  CHECK(found.calls == 1);
  CHECK(found.problem() == (row.problem.empty() ? "" : searching + row.problem));
  if (found.value) CHECK(found.value->str() == row.found);
}
