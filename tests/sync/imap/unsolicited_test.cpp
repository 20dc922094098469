// What a server says without being asked, as events that name their mailbox.
#include "tests/sync/imap/connection_bench.h"

using namespace imapkeep;
using namespace imapkeep::imap;

using Bench = ConnectionBench;

namespace {

/// Writes down all events.
class Listener final : public MailboxEvents {
 public:
  void on_expunged() override { said += " expunged"; }
  void on_vanished(const MailboxName& mailbox, const UidSet& uids) override {
    said += " vanished:" + mailbox.raw + ":" + uids.str();
  }
  void on_vanished_earlier(const MailboxName& mailbox, const UidSet& uids) override {
    said += " earlier:" + mailbox.raw + ":" + uids.str();
  }
  void on_status(const MailboxName& mailbox, const MailboxStatus& status) override {
    said += " status:" + mailbox.raw + ":" + std::to_string(status.messages.value_or(0)) + ":" +
            std::to_string(status.uid_next.value_or(0));
  }
  void on_listed(const ListedMailbox& mailbox) override {
    said += " listed:" + mailbox.name.raw + (mailbox.selectable ? "" : ":gone");
  }
  std::string said;
};

/// As today's listeners: of what was removed they hear only that it was.
class PlainListener final : public MailboxEvents {
 public:
  void on_expunged() override { said += " expunged"; }
  std::string said;
};

const std::string kExamined = "* 3 EXISTS\r\n* OK [UIDVALIDITY 9] .\r\n$e OK [READ-ONLY] done\r\n";

void examine_inbox(Bench& bench, const std::string& name = "INBOX") {
  Answer<Examined> answer;
  answer.operation = bench.connection->examine(Bench::name(name), answer.handler());
  bench.run();
  REQUIRE(answer.problem() == "");
}

void noop(Bench& bench) {
  Answer<Done> answer;
  answer.operation = bench.connection->noop(answer.handler());
  bench.run();
  REQUIRE(answer.problem() == "");
}

}  // namespace

TEST_CASE("what vanishes keeps its UIDs and its mailbox") {
  Bench bench;
  const ScriptedServer server(
      bench.network,
      after_login("",
                  {expect("$e EXAMINE \"INBOX\"*"),
                   send("* VANISHED 5\r\n* VANISHED (EARLIER) 41,43:116\r\n" + kExamined),
                   expect("$n NOOP"),
                   send("* VANISHED 405,407:410\r\n* 2 EXPUNGE\r\n* VANISHED nonsense\r\n"
                        "* VANISHED (EARLIER) 7\r\n$n OK done\r\n"),
                   expect("$e EXAMINE \"Sent\"*"), send("* VANISHED (EARLIER) 1\r\n" + kExamined),
                   expect("$n NOOP"), send("* VANISHED 2\r\n$n OK done\r\n")}));
  bench.open();
  std::string said;
  SECTION("to a listener that wants to know") {
    Listener listener;
    bench.connection->set_events(&listener);
    examine_inbox(bench);
    // What the mailbox that was left lost is nobody's business.
    CHECK(listener.said == " earlier:INBOX:41,43:116");
    listener.said.clear();
    noop(bench);
    CHECK(listener.said == " vanished:INBOX:405,407:410 expunged vanished:INBOX: vanished:INBOX:7");
    listener.said.clear();
    examine_inbox(bench, "Sent");
    noop(bench);
    CHECK(listener.said == " earlier:Sent:1 vanished:Sent:2");
  }
  SECTION("and to one that does not it is what it always was") {
    PlainListener listener;
    bench.connection->set_events(&listener);
    examine_inbox(bench);
    CHECK(listener.said.empty());
    noop(bench);
    CHECK(listener.said == " expunged expunged expunged expunged");
    examine_inbox(bench, "Sent");
    noop(bench);
  }
  CHECK(server.problems() == none());
  CHECK(server.finished());
  bench.connection->set_events(nullptr);
}

TEST_CASE("news of mailboxes that are not examined name them") {
  Bench bench;
  const ScriptedServer server(
      bench.network,
      after_login("", {expect("$e EXAMINE \"INBOX\"*"), send(kExamined), expect("$s STATUS \"A\"*"),
                       send("* STATUS \"B\" (MESSAGES 7 UIDNEXT 12)\r\n"
                            "* STATUS \"A\" (MESSAGES 1 UIDNEXT 2)\r\n$s OK done\r\n"),
                       expect("$n NOOP"),
                       send("* LIST () \"/\" \"New\"\r\n* LIST (\\NonExistent) \"/\" \"Old\"\r\n"
                            "* STATUS inbox (MESSAGES 4)\r\n$n OK done\r\n")}));
  Listener listener;
  bench.connection->set_events(&listener);
  bench.open();
  examine_inbox(bench);
  Answer<MailboxStatus> status;
  status.operation = bench.connection->status(Bench::name("A"), status.handler());
  bench.run();
  REQUIRE(status.ok());
  CHECK(status.value->messages == 1);
  CHECK(listener.said == " status:B:7:12");
  listener.said.clear();
  noop(bench);
  CHECK(listener.said == " listed:New listed:Old:gone status:INBOX:4:0");
  CHECK(server.problems() == none());
  bench.connection->set_events(nullptr);
}
