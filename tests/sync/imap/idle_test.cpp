// IDLE (RFC 2177): in the session as a table, on a connection against a server that follows a
// script.
#include "sync/imap/session.h"
#include "tests/sync/imap/connection_tour.h"

using namespace imapkeep;
using namespace imapkeep::imap;

using Bench = ConnectionBench;

namespace {

class Silent final : public SessionEvents {
 public:
  void on_greeting(const StatusResponse&) override {}
  void on_untagged(Response) override {}
  void on_tagged(CommandId, const StatusResponse& reply) override {
    said += reply.kind == StatusKind::kOk ? " OK" : " NO";
  }
  void on_challenge(CommandId, std::string_view) override { said += " challenge"; }
  void on_body_begin(std::uint64_t) override {}
  void on_body_bytes(ByteView) override {}
  void on_body_end() override {}
  std::string said;
};

}  // namespace

TEST_CASE("DONE goes out only between the server's + and its reply") {
  struct Row {
    std::string what;
    std::vector<std::string> steps;  // "end": end_idle; "$": the tag; anything else from the server
    std::string output;              // behind the IDLE command
    std::string said;
    std::string problem;
    bool idling;
  };
  const auto row = GENERATE(values<Row>({
      {"asked, no + yet", {}, "", "", "", false},
      {"waiting", {"+ idling\r\n"}, "", "", "", true},
      {"ended by us", {"+ idling\r\n", "end"}, "DONE\r\n", "", "", false},
      {"ended twice", {"+ idling\r\n", "end", "end"}, "DONE\r\n", "", "", false},
      {"unwanted before the +", {"end"}, "", "", "", false},
      {"… and then the +", {"end", "+ idling\r\n"}, "DONE\r\n", "", "", false},
      {"news before the +", {"* 4 EXISTS\r\n", "end", "+ \r\n"}, "DONE\r\n", "", "", false},
      {"a second +", {"+ idling\r\n", "+ still\r\n", "end"}, "DONE\r\n", "", "", false},
      {"a + behind DONE", {"+ idling\r\n", "end", "+ x\r\n"}, "DONE\r\n", "", "", false},
      {"refused instead of +", {"$ BAD what\r\n", "end"}, "", " NO", "", false},
      {"refused, unwanted", {"end", "$ NO no\r\n"}, "", " NO", "", false},
      {"the server ends it", {"+ idling\r\n", "$ OK enough\r\n", "end"}, "", " OK", "", false},
      {"the whole of it", {"+ idling\r\n", "end", "$ OK done\r\n"}, "DONE\r\n", " OK", "", false},
      {"DONE crossed the end and is taken for a tag",
       {"+ idling\r\n", "end", "$ OK enough\r\n", "DONE BAD Unknown command\r\n"},
       "DONE\r\n",
       " OK",
       "",
       false},
      {"but only once",
       {"+ idling\r\n", "end", "$ OK enough\r\n", "DONE BAD x\r\n", "DONE BAD x\r\n"},
       "DONE\r\n",
       " OK",
       "protocol error",
       false},
      {"and not without a DONE",
       {"+ idling\r\n", "$ OK enough\r\n", "DONE BAD x\r\n"},
       "",
       " OK",
       "protocol error",
       false},
      {"nor with OK",
       {"+ idling\r\n", "end", "$ OK enough\r\n", "DONE OK x\r\n"},
       "DONE\r\n",
       " OK",
       "protocol error",
       false},
  }));
  for (const bool byte_by_byte : {false, true}) {
    INFO(row.what << (byte_by_byte ? ", byte by byte" : ""));
    FixedRandom random;
    Silent events;
    Session session(random, events);
    REQUIRE(session.receive("* PREAUTH hi\r\n"));
    const std::string tag(session.tag_of(session.send(idle(), Effect::kIdles)));
    CHECK(session.take_output() == tag + " IDLE\r\n");
    std::string problem;
    for (std::string step : row.steps) {
      if (step == "end") {
        session.end_idle();
        continue;
      }
      if (step.starts_with('$')) step.replace(0, 1, tag);
      for (std::size_t i = 0; i < step.size();) {
        const std::size_t length = byte_by_byte ? 1 : step.size();
        const auto taken = session.receive(std::string_view(step).substr(i, length));
        if (!taken) problem = taken.error().what;
        i += length;
      }
    }
    CHECK(session.take_output() == row.output);
    CHECK(events.said == row.said);
    CHECK(problem.substr(0, row.problem.size()) == row.problem);
    CHECK(problem.empty() == row.problem.empty());
    CHECK(session.idling() == row.idling);
  }
}

TEST_CASE("idling, a server may be silent for days, and its news are events") {
  Bench bench;
  const ScriptedServer server(
      bench.network,
      examined(" IDLE", {expect("$i IDLE"), send("+ idling\r\n"), expect("DONE"),
                         send("$i OK done\r\n"), expect("$n NOOP"), send("$n OK done\r\n")}));
  bench.open();
  examine(bench);
  EventsProbe events;
  bench.connection->set_events(&events);
  Answer<Done> idle;
  idle.operation = bench.connection->idle(idle.handler());
  bench.world.advance(std::chrono::hours(100));
  CHECK(idle.calls == 0);
  bench.network.last_link()->send(
      "* 4 EXISTS\r\n* OK Still here\r\n* 2 FETCH (UID 5 FLAGS (\\Seen))\r\n* 1 EXPUNGE\r\n");
  bench.world.advance(std::chrono::seconds(1));
  CHECK(events.said == " exists4 flags5:S expunged");
  CHECK(idle.calls == 0);

  // Asking for anything else ends it.
  Answer<Done> noop;
  noop.operation = bench.connection->noop(noop.handler());
  bench.run();
  CHECK(idle.ok());
  CHECK(noop.ok());
  CHECK(server.finished());
  CHECK(server.problems() == none());
  bench.connection->set_events(nullptr);
}

TEST_CASE("the ends of an IDLE") {
  Bench bench;
  Answer<Done> idle;
  const auto run = [&](Conversation rest, const std::function<void()>& then) {
    const ScriptedServer server(bench.network, examined(" IDLE", std::move(rest)));
    bench.open();
    examine(bench);
    idle.operation = bench.connection->idle(idle.handler());
    bench.world.advance(std::chrono::seconds(1));
    then();
    CHECK(server.problems() == none());
    CHECK(server.finished());
  };
  SECTION("end_idle") {
    run({expect("$i IDLE"), send("+ \r\n"), expect("DONE"), send("$i OK\r\n")}, [&] {
      bench.connection->end_idle();
      bench.run();
      CHECK(idle.ok());
    });
  }
  SECTION("cancelled, the connection is of use again") {
    run({expect("$i IDLE"), send("+ \r\n"), expect("DONE"), send("$i OK\r\n"), expect("$n NOOP"),
         send("$n OK\r\n")},
        [&] {
          idle.operation.cancel();
          bench.world.advance(std::chrono::seconds(1));
          Answer<Done> noop;
          noop.operation = bench.connection->noop(noop.handler());
          bench.run();
          CHECK(idle.calls == 0);
          CHECK(noop.ok());
        });
  }
  SECTION("refused") {
    run({expect("$i IDLE"), send("$i BAD no IDLE here\r\n")}, [&] {
      bench.run();
      REQUIRE(idle.error);
      CHECK(idle.error->remedy == Remedy::kSkipMessage);
    });
  }
  SECTION("the server ends it") {
    run({expect("$i IDLE"), send("+ \r\n"), send("$i OK idled too long\r\n")}, [&] {
      bench.run();
      CHECK(idle.ok());
    });
  }
  SECTION("BYE") {
    run({expect("$i IDLE"), send("+ \r\n"), send("* BYE idle for too long\r\n"), closes()}, [&] {
      bench.run();
      REQUIRE(idle.error);
      CHECK(idle.error->remedy == Remedy::kRetrySoon);
    });
  }
  SECTION("no + and no word: as for any command") {
    run({expect("$i IDLE")}, [&] {
      bench.world.advance(std::chrono::seconds(58));
      CHECK(idle.calls == 0);
      bench.world.advance(std::chrono::seconds(2));
      CHECK(idle.problem() == "while waiting for news: the server said nothing for 60 s");
    });
  }
  SECTION("DONE that nobody answers") {
    run({expect("$i IDLE"), send("+ \r\n"), expect("DONE")}, [&] {
      bench.world.advance(std::chrono::hours(1));
      bench.connection->end_idle();
      bench.world.advance(std::chrono::milliseconds(9'999));
      CHECK(idle.calls == 0);
      bench.world.advance(std::chrono::milliseconds(1));
      CHECK(idle.problem() == "while waiting for news: no answer to DONE");
    });
  }
  SECTION("small talk is no answer to DONE") {
    run({expect("$i IDLE"), send("+ \r\n"), expect("DONE")}, [&] {
      bench.connection->end_idle();
      for (int i = 0; i < 4; ++i) {
        bench.world.advance(std::chrono::seconds(3));
        if (idle.calls == 0) bench.network.last_link()->send("* OK Still here\r\n");
      }
      CHECK(idle.calls == 1);
    });
  }
  SECTION("unwanted before the +, which never comes") {
    run({expect("$i IDLE")}, [&] {
      bench.connection->end_idle();
      bench.world.advance(std::chrono::seconds(10));
      CHECK(idle.calls == 1);
    });
  }
  SECTION("a late answer within ten seconds, then the usual patience again") {
    run({expect("$i IDLE"), send("+ \r\n"), expect("DONE"), send("$i OK\r\n"), expect("$n NOOP")},
        [&] {
          bench.connection->end_idle();
          bench.world.advance(std::chrono::seconds(9));
          CHECK(idle.ok());
          Answer<Done> noop;
          noop.operation = bench.connection->noop(noop.handler());
          bench.world.advance(std::chrono::seconds(59));
          CHECK(noop.calls == 0);
          bench.world.advance(std::chrono::seconds(1));
          CHECK(noop.calls == 1);
        });
  }
}
