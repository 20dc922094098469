// Deadlines, backpressure, BYE, and a server with faults.
#include "tests/sync/imap/connection_tour.h"

using namespace imapkeep;
using namespace imapkeep::imap;

using Bench = ConnectionBench;

TEST_CASE("silence is measured while something is owed, and any byte is life") {
  Bench bench;
  bench.options.silence_deadline = std::chrono::seconds(60);
  bench.make();
  const ScriptedServer server(bench.network, after_login("", {expect("$a NOOP")}));
  bench.open();
  bench.world.advance(std::chrono::hours(10));  // nothing is owed
  Answer<Done> noop;
  noop.operation = bench.connection->noop(noop.handler());
  SECTION("silence") {
    bench.world.advance(std::chrono::milliseconds(59'999));
    CHECK(noop.calls == 0);
    bench.world.advance(std::chrono::milliseconds(1));
    CHECK(noop.problem() == "while probing the server: the server said nothing for 60 s");
  }
  SECTION("a byte now and then") {
    for (int i = 0; i < 20; ++i) {
      bench.world.advance(std::chrono::seconds(59));
      bench.network.last_link()->send("*");
    }
    CHECK(noop.calls == 0);
    bench.world.advance(std::chrono::seconds(61));
    CHECK(noop.calls == 1);
  }
  SECTION("no deadline runs while paused") {
    bench.world.advance(std::chrono::seconds(50));
    bench.connection->pause();
    bench.world.advance(std::chrono::hours(1));
    CHECK(noop.calls == 0);
    bench.connection->resume();
    bench.world.advance(std::chrono::seconds(59));
    CHECK(noop.calls == 0);
    bench.world.advance(std::chrono::seconds(1));
    CHECK(noop.calls == 1);
  }
  SECTION("the cable is pulled") {
    bench.network.half_open_all();
    bench.run();
    CHECK(noop.calls == 1);
  }
}

TEST_CASE("paused, nothing is read") {
  Tour tour;
  tour.bench.network.faults.piece = 10;
  tour.bench.open();
  Answer<Examined> examined;
  examined.operation = tour.connection().examine(Bench::name("INBOX"), examined.handler());
  tour.bench.run();
  Answer<FetchEnd> end;
  int begun = 0;
  tour.sink.on_begin = [&] {
    ++begun;
    tour.connection().pause();
  };
  end.operation = tour.connection().fetch_bodies(Bench::uids("1:2"), tour.sink, end.handler());
  for (int round = 1; round <= 2; ++round) {
    tour.bench.world.advance(std::chrono::hours(1));
    CHECK(begun == round);
    CHECK(tour.bench.network.last_link()->is_paused());
    const auto bytes = tour.connection().bytes_received();
    tour.bench.world.advance(std::chrono::hours(1));
    CHECK(tour.connection().bytes_received() == bytes);
    tour.connection().resume();
  }
  tour.bench.run();
  CHECK(end.ok());
  CHECK(tour.sink.said == " 1 2");
}

TEST_CASE("a login that never ends, ends") {
  Bench bench;
  const ScriptedServer server(bench.network, {});
  bench.start();
  const auto began = bench.world.mono_now();
  while (bench.opened.calls == 0 && bench.world.mono_now() - began < std::chrono::hours(1)) {
    bench.world.advance(std::chrono::seconds(30));
    if (bench.network.last_link()->is_open()) bench.network.last_link()->send("*");
  }
  CHECK(bench.opened.problem() == "while waiting for the greeting: login takes too long");
  CHECK(bench.world.timers_left() == 0);
}

TEST_CASE("a server that does not answer LOGOUT has five seconds") {
  Bench bench;
  const ScriptedServer server(bench.network, after_login("", {expect("$a LOGOUT")}));
  bench.open();
  Answer<Done> logout;
  logout.operation = bench.connection->logout(logout.handler());
  bench.world.advance(std::chrono::milliseconds(4999));
  CHECK(logout.calls == 0);
  bench.world.advance(std::chrono::milliseconds(1));
  CHECK(logout.problem() == "while logging out: no answer to LOGOUT");
  CHECK(bench.network.open_links() == 0);
}

TEST_CASE("BYE ends the connection with the server's word and its remedy") {
  struct Row {
    std::string bye;
    std::string problem;
    Remedy remedy;
  };
  const auto row = GENERATE(values<Row>({
      {"* BYE Server shutting down.", "server said BYE: Server shutting down.", Remedy::kRetrySoon},
      {"* BYE [OVERQUOTA] bandwidth", "server said BYE [OVERQUOTA]: bandwidth",
       Remedy::kRetryLater},
      {"$a BYE tagged", "server said BYE: tagged", Remedy::kRetrySoon},
  }));
  Bench bench;
  const ScriptedServer server(
      bench.network, after_login("", {expect("$a NOOP"), send(row.bye + "\r\n* BYE again\r\n")}));
  bench.open();
  Answer<Done> first;
  Answer<Done> second;
  first.operation = bench.connection->noop(first.handler());
  second.operation = bench.connection->noop(second.handler());
  bench.run();
  CHECK(first.problem() == "while probing the server: " + row.problem);
  CHECK(second.problem() == first.problem());
  CHECK(static_cast<int>(first.error->remedy) == static_cast<int>(row.remedy));
  CHECK(bench.network.open_links() == 0);
}

TEST_CASE("asking before opening, and opening twice, are errors and not hangs") {
  Bench bench;
  ModelImapServer server(bench.network);
  Answer<Done> noop;
  noop.operation = bench.connection->noop(noop.handler());
  CHECK(noop.calls == 0);
  bench.run();
  CHECK(noop.problem() == "while probing the server: the connection is not open");
  bench.open();
  Answer<Done> again;
  again.operation = bench.connection->open({"me", "", Secret("secret")}, again.handler());
  bench.run();
  CHECK(again.problem() == "the connection was opened before");
}

TEST_CASE("the model's faults come through as they would from a server") {
  Tour tour;
  auto& faults = tour.server.box("INBOX").faults;
  std::string said;
  std::string problem;
  bool ok = true;
  SECTION("omitted") { faults.omit_body = {2}, said = " 1 3"; }
  SECTION("refused") { faults.refuse_body = {1}, said = " 2 3", ok = false; }
  SECTION("NIL") { faults.nil_body = {2}, said = " 1 nil2 3"; }
  SECTION("UID behind the body") { faults.uid_behind_body = true, said = " 1 2 3"; }
  SECTION("disconnected") {
    faults.disconnect_at = {2}, said = " 1 void";
    problem = "while fetching bodies of 3 messages: server closed the connection";
  }
  tour.bench.open();
  Answer<Examined> examined;
  Answer<FetchEnd> end;
  examined.operation = tour.connection().examine(Bench::name("INBOX"), examined.handler());
  end.operation = tour.connection().fetch_bodies(Bench::uids("1:3"), tour.sink, end.handler());
  tour.bench.run();
  CHECK(tour.sink.said == said);
  CHECK(end.calls == 1);
  CHECK(end.problem() == problem);
  if (end.value) CHECK(end.value->ok == ok);
}
