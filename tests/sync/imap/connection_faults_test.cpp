// The whole life of a connection against the model server, broken at every place: cut, stalled or
// abandoned. Every question asked is answered once or, after the end of its Connection, never.
#include "tests/sync/imap/connection_bench.h"

using namespace imapkeep;
using namespace imapkeep::imap;

namespace {

using Bench = ConnectionBench;

/// Opens, asks everything that can be asked, logs out; one question after the other, the fetches
/// together.
struct Tour {
  Bench bench;
  ModelImapServer server{bench.network};
  BodyProbe sink;
  EventsProbe events;
  int asked = 0;
  int answered = 0;
  bool finished = false;
  bool logout_asked = false;
  std::optional<Error> error;
  std::vector<Operation> operations;
  std::string facts;

  explicit Tour(TlsMode tls = TlsMode::kImplicit) : bench(tls) {
    server.deliver("INBOX", "Subject: one\r\n\r\nfirst\r\n", {"\\Seen"});
    server.deliver("INBOX", "Subject: two\r\n\r\nsecond\r\n");
    server.deliver("INBOX", "");
    server.create_folder("Sent", {"\\Sent"});
    if (tls == TlsMode::kStartTls) server.capabilities.insert("STARTTLS");
    bench.connection->set_events(&events);
  }

  template <class T>
  Completion<T> then(std::function<void(const T&)> next) {
    ++asked;
    return [this, next, called = std::make_shared<bool>(false)](Result<T> result) {
      REQUIRE_FALSE(*called);
      *called = true;
      ++answered;
      REQUIRE(bench.connection);
      if (result) return next(*result);
      if (!error) error = result.error();
    };
  }
  void keep(Operation operation) { operations.push_back(std::move(operation)); }
  Connection& connection() { return *bench.connection; }

  void start() {
    keep(connection().open({"me", "", Secret("secret")},
                           then<Done>([this](const Done&) { ask_folders(); })));
  }
  void ask_folders() {
    keep(connection().list(
        then<std::vector<ListedMailbox>>([this](const std::vector<ListedMailbox>& folders) {
          CHECK(folders.size() == 2);
          keep(connection().status(Bench::name("Sent"),
                                   then<MailboxStatus>([this](const MailboxStatus& status) {
                                     CHECK(status.messages == 0);
                                     ask_inbox();
                                   })));
        })));
  }
  void ask_inbox() {
    keep(connection().examine(
        Bench::name("INBOX"), then<Examined>([this](const Examined& examined) {
          CHECK(examined.exists == 3);
          keep(connection().search_all(examined.exists, then<UidSet>([this](const UidSet& found) {
                                         CHECK(found.str() == "1:3");
                                         ask_messages();
                                       })));
        })));
  }
  void ask_messages() {
    keep(connection().fetch_facts(
        Bench::uids("1:3"),
        [this](const MessageFacts& fact) { facts += " " + std::to_string(*fact.rfc822_size); },
        then<Done>([](const Done&) {})));
    keep(connection().fetch_flags(
        Bench::uids("1:3"), ModSeq{1}, [](const MessageFacts&) {}, then<Done>([](const Done&) {})));
    keep(connection().fetch_bodies(Bench::uids("1:2"), sink,
                                   then<FetchEnd>([](const FetchEnd& end) { CHECK(end.ok); })));
    keep(connection().fetch_bodies(Bench::uids("3"), sink,
                                   then<FetchEnd>([](const FetchEnd& end) { CHECK(end.ok); })));
    keep(connection().noop(then<Done>([this](const Done&) {
      logout_asked = true;
      keep(connection().logout(then<Done>([this](const Done&) { finished = true; })));
    })));
  }
};

}  // namespace

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
  CHECK(tour.connection().commands_sent() == tour.server.commands().size());
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
