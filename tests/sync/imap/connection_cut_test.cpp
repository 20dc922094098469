// A connection broken at every place: cut, stalled, abandoned, destroyed. Every request asked is
// answered once or, after the end of its Connection, never.
#include "tests/sync/imap/connection_tour.h"

using namespace imapkeep;
using namespace imapkeep::imap;

using Bench = ConnectionBench;

TEST_CASE("the tour through a whole server") {
  Tour tour;
  tour.start();
  tour.bench.run();
  CHECK(tour.finished);
  CHECK(tour.asked == tour.answered);
  CHECK(tour.facts == " 23 24 0");
  CHECK(tour.sink.bodies.size() == 3);
  CHECK(tour.sink.bodies[2] == "Subject: two\r\n\r\nsecond\r\n");
  CHECK(tour.server.bodies_served() == 3);
  CHECK(tour.server.count("UID FETCH") == 4);
  CHECK(tour.connection().bytes_received() == tour.bench.network.last_link()->bytes_to_client());
  CHECK(tour.bench.world.timers_left() == 0);
  CHECK(tour.bench.network.open_links() == 0);
  CHECK(tour.bench.logs.count(LogLevel::kError) == 0);
  for (const auto& line : tour.bench.logs.lines) {
    CHECK(line.text.find("secret") == std::string::npos);
    CHECK(line.text.find("AG1lAHNl") == std::string::npos);
  }
}

TEST_CASE("a connection cut or stalled at any byte ends every question with an error") {
  const auto tls = GENERATE(TlsMode::kImplicit, TlsMode::kStartTls);
  const auto stall = GENERATE(false, true);
  std::uint64_t bytes = 0;
  {
    Tour whole(tls);
    whole.start();
    whole.bench.run();
    REQUIRE(whole.finished);
    bytes = whole.bench.network.last_link()->bytes_to_client();
  }
  REQUIRE(bytes > 1000);
  for (std::uint64_t at = 0; at < bytes; ++at) {
    Tour tour(tls);
    (stall ? tour.bench.network.faults.stall_after : tour.bench.network.faults.cut_after) = at;
    tour.start();
    tour.bench.run();
    INFO("byte " << at);
    CHECK(tour.asked == tour.answered);
    CHECK_FALSE(tour.sink.open);
    CHECK(tour.bench.world.timers_left() == 0);
    CHECK(tour.bench.network.open_links() == 0);
    // A cut while logging out is as good as an answer.
    const bool good_end = tour.logout_asked && !stall;
    CHECK(tour.finished == good_end);
    CHECK(tour.error.has_value() == !good_end);
    if (tour.error) {
      CHECK(tour.error->what.starts_with("while "));
      CHECK(static_cast<int>(tour.error->remedy) == static_cast<int>(Remedy::kRetrySoon));
    }
    const auto answered = tour.answered;
    tour.bench.connection.reset();
    tour.operations.clear();
    tour.bench.run();
    CHECK(tour.answered == answered);
  }
}

TEST_CASE("a connection destroyed at any moment is silent") {
  int steps = 0;
  {
    Tour whole;
    whole.bench.network.faults.piece = 50;
    whole.start();
    while (whole.bench.world.step()) ++steps;
    REQUIRE(whole.finished);
  }
  REQUIRE(steps > 40);
  for (int at = 0; at < steps; ++at) {
    Tour tour;
    tour.bench.network.faults.piece = 50;
    tour.start();
    for (int i = 0; i < at; ++i) REQUIRE(tour.bench.world.step());
    const auto answered = tour.answered;
    const auto said = tour.sink.said;
    tour.bench.connection.reset();
    CHECK(tour.bench.world.timers_left() <= (at == 0 ? 1U : 0U));  // a dial is the caller's to end
    CHECK(tour.bench.network.open_links() == 0);
    tour.bench.run();
    CHECK(tour.answered == answered);
    CHECK(tour.sink.said == said);
  }
}

TEST_CASE("a connection may be destroyed from inside any of its own calls") {
  for (int at = 1;; ++at) {
    Tour tour;
    int calls = 0;
    bool destroyed = false;
    const auto maybe = [&] {
      if (++calls != at) return;
      destroyed = true;
      tour.bench.connection.reset();
    };
    struct Destroyer : MailboxEvents {
      std::function<void()> maybe;
      void on_exists(std::uint64_t) override { maybe(); }
      void on_flags(const MessageFacts&) override { maybe(); }
      void on_expunged() override { maybe(); }
    } events;
    events.maybe = maybe;
    tour.connection().set_events(&events);
    tour.sink.on_begin = maybe;
    tour.sink.on_bytes = maybe;
    Operation open = tour.connection().open({"me", "", Secret("secret")}, [&](Result<Done>) {
      maybe();
      if (!tour.bench.connection) return;
      tour.keep(tour.connection().examine(Bench::name("INBOX"), [&](Result<Examined>) {
        tour.server.deliver("INBOX", "later");
        tour.server.expunge("INBOX", 3);
        tour.server.set_flags("INBOX", 1, {});
        maybe();
        if (!tour.bench.connection) return;
        tour.keep(tour.connection().fetch_facts(
            Bench::uids("1:3"), [&](const MessageFacts&) { maybe(); },
            [&](Result<Done>) { maybe(); }));
        tour.keep(tour.connection().fetch_bodies(Bench::uids("1:2"), tour.sink,
                                                 [&](Result<FetchEnd>) { maybe(); }));
        tour.keep(tour.connection().noop([&](Result<Done>) { maybe(); }));
        tour.keep(tour.connection().search_all(0, [&](Result<UidSet>) { maybe(); }));
        tour.keep(tour.connection().logout([&](Result<Done>) { maybe(); }));
      }));
    });
    tour.bench.run();
    CHECK(calls == at - (destroyed ? 0 : 1));
    CHECK(tour.bench.world.timers_left() == 0);
    if (!destroyed) {
      CHECK(at > 12);
      break;
    }
  }
}

TEST_CASE("destroyed from inside an error handler, the rest is silent") {
  Bench bench;
  ModelImapServer server(bench.network);
  bench.open();
  int calls = 0;
  std::vector<Operation> operations;
  for (int i = 0; i < 3; ++i) {
    operations.push_back(bench.connection->noop([&](Result<Done> done) {
      ++calls;
      CHECK_FALSE(done);
      bench.connection.reset();
    }));
  }
  bench.network.cut_all();
  bench.run();
  CHECK(calls == 1);
}

TEST_CASE("one who asks again from inside an error is answered later, not for ever") {
  Bench bench;
  ModelImapServer server(bench.network);
  bench.open();
  int calls = 0;
  bool inside = false;
  Operation first;
  Operation second;
  first = bench.connection->noop([&](Result<Done>) {
    ++calls;
    inside = true;
    second = bench.connection->noop([&](Result<Done> done) {
      CHECK_FALSE(inside);
      CHECK_FALSE(done);
      ++calls;
    });
    inside = false;
  });
  bench.network.cut_all();
  bench.run();
  CHECK(calls == 2);
}

TEST_CASE("a question nobody waits for is finished in silence, and the others go on") {
  const auto steps = GENERATE(range(0, 12));
  Tour tour;
  tour.bench.open();
  Answer<Examined> examined;
  examined.operation = tour.connection().examine(Bench::name("INBOX"), examined.handler());
  tour.bench.run();
  BodyProbe dropped;
  Answer<FetchEnd> first;
  Answer<Done> facts;
  Answer<Examined> again;
  Answer<FetchEnd> second;
  int seen = 0;
  first.operation = tour.connection().fetch_bodies(Bench::uids("1"), dropped, first.handler());
  facts.operation = tour.connection().fetch_facts(
      Bench::uids("1:3"), [&](const MessageFacts&) { ++seen; }, facts.handler());
  again.operation = tour.connection().examine(Bench::name("INBOX"), again.handler());
  second.operation = tour.connection().fetch_bodies(Bench::uids("2"), tour.sink, second.handler());
  for (int i = 0; i < steps; ++i) tour.bench.world.step();
  const auto first_calls = first.calls;
  const auto facts_calls = facts.calls;
  const auto again_calls = again.calls;
  const auto said = dropped.said;
  const auto seen_before = seen;
  first.operation.cancel();
  facts.operation.cancel();
  again.operation.cancel();
  tour.bench.run();
  CHECK(first.calls == first_calls);
  CHECK(facts.calls == facts_calls);
  CHECK(again.calls == again_calls);
  CHECK(dropped.said == said);
  CHECK(seen == seen_before);
  REQUIRE(second.ok());
  CHECK(tour.sink.said == " 2");
  CHECK(tour.bench.world.timers_left() == 0);
}

TEST_CASE("an opening that is given up closes, and answers whoever asked meanwhile") {
  const auto steps = GENERATE(range(0, 8));
  Bench bench;
  ModelImapServer server(bench.network);
  bench.start();
  Answer<Done> noop;
  noop.operation = bench.connection->noop(noop.handler());
  for (int i = 0; i < steps && bench.opened.calls == 0; ++i) bench.world.step();
  const bool open = bench.opened.calls > 0;
  bench.opened.operation.cancel();
  CHECK(noop.calls == 0);
  bench.run();
  CHECK(noop.calls == 1);
  CHECK(noop.ok() == open);
  CHECK(bench.opened.calls == (open ? 1 : 0));
  CHECK(bench.network.open_links() == (open ? 1U : 0U));
}
