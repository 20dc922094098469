// Daemon and client over a real Unix socket on a real loop: the good conversation, and everything
// that a stranger at either end may do.
#include "tests/daemon/control/socket_daemon.h"
#include "tests/support/sim_world.h"

using namespace imapkeep;
using namespace std::chrono_literals;

namespace {

const std::string kSync = "{\"imapkeep\":1,\"do\":\"sync\"}\n";

using Daemon = SocketDaemon;

/// What a client heard, in order.
struct Heard final : ControlOutput {
  std::string all;
  std::optional<Result<int>> end;

  void out(std::string text) override { all += "out " + text + ";"; }
  void line(std::string text) override { all += "line " + text + ";"; }
  void page(std::string text) override { all += "page " + text.substr(0, 20) + ";"; }
  void progress(const ProgressCounts& counts) override {
    all += "progress " + std::to_string(counts.stored) + ";";
  }
  Completion<int> done() {
    return [this](Result<int> result) { end.emplace(std::move(result)); };
  }
};

}  // namespace

TEST_CASE("a client hears what the desk says, and its end") {
  Daemon daemon;
  ControlClient client(daemon.timers, daemon.connected());
  Heard heard;
  const Operation asking = client.ask({ControlRequest::Verb::kSync, {"work", "home"}, false, false},
                                      heard, heard.done());
  daemon.run_until([&] { return daemon.handler.count() == 1; });
  CHECK(daemon.handler.visit(0).request.accounts == std::vector<std::string>{"work", "home"});
  ControlReply& reply = daemon.handler.reply();
  reply.line("begins");
  daemon.run_until([&] { return heard.all == "line begins;"; });
  reply.progress({10, 5, 0, 0, 0});
  reply.page("p" + std::string(50'000, '1'));
  reply.out("done\n");
  CHECK_FALSE(heard.end);
  reply.end(1);
  daemon.run_until([&] { return heard.end.has_value(); });
  CHECK(heard.all == "line begins;progress 5;out done\n;page p1111111111111111111;");
  REQUIRE(*heard.end);
  CHECK(**heard.end == 1);
  daemon.run_until([&] { return daemon.server->clients() == 0; });
}

TEST_CASE("an answer of many megabytes arrives whole") {
  Daemon daemon;
  ControlClient client(daemon.timers, daemon.connected());
  Heard heard;
  const Operation asking =
      client.ask({ControlRequest::Verb::kStatus, {}, true, false}, heard, heard.done());
  daemon.run_until([&] { return daemon.handler.count() == 1; });
  daemon.handler.reply().out(std::string(10'000'000, 'x'));
  daemon.handler.reply().end(0);
  daemon.run_until([&] { return heard.end.has_value(); });
  REQUIRE(*heard.end);
  CHECK(std::count(heard.all.begin(), heard.all.end(), 'x') == 10'000'000);
}

TEST_CASE("why there is no answer is said, each time differently") {
  SECTION("no socket") {
    EventLoop loop;
    const Scratch state;
    const auto stream = connect_to_daemon(loop, state.path(), geteuid());
    REQUIRE_FALSE(stream);
    CHECK(stream.error().what ==
          "no daemon runs on " + state.path() + ": there is no control socket");
    CHECK(stream.error().trouble == Trouble::kServer);
  }
  SECTION("a socket that nobody answers") {
    Daemon daemon;
    std::filesystem::rename(daemon.state / "control", daemon.state / "old");
    daemon.listener.reset();
    std::filesystem::rename(daemon.state / "old", daemon.state / "control");
    const auto stream = connect_to_daemon(daemon.loop, daemon.state.path(), geteuid());
    REQUIRE_FALSE(stream);
    CHECK(stream.error().what.ends_with(": nobody answers its control socket"));
    CHECK(stream.error().trouble == Trouble::kServer);
  }
  SECTION("a daemon that accepts nobody") {
    Daemon daemon;
    std::vector<std::unique_ptr<Stream>> waiting;
    std::optional<Error> error;
    while (!error && waiting.size() < 1000) {
      auto stream = connect_to_daemon(daemon.loop, daemon.state.path(), geteuid());
      if (stream) {
        waiting.push_back(std::move(*stream));
      } else {
        error = stream.error();
      }
    }
    REQUIRE(error);
    CHECK(error->what.ends_with("takes no more clients for now"));
    CHECK(error->trouble == Trouble::kBusy);
  }
  SECTION("the daemon ends in the middle") {
    Daemon daemon;
    ControlClient client(daemon.timers, daemon.connected());
    Heard heard;
    const Operation asking = client.ask({}, heard, heard.done());
    daemon.run_until([&] { return daemon.handler.count() == 1; });
    daemon.handler.reply().line("begins");
    daemon.run_until([&] { return heard.all == "line begins;"; });
    daemon.server.reset();
    daemon.run_until([&] { return heard.end.has_value(); });
    REQUIRE_FALSE(*heard.end);
    CHECK(heard.end->error().what == "the daemon ended before it had answered");
    CHECK(heard.end->error().trouble == Trouble::kBusy);
  }
  SECTION("the daemon hangs") {
    Daemon daemon;
    SimWorld clock;
    for (const auto verb : {ControlRequest::Verb::kStatus, ControlRequest::Verb::kSync}) {
      ControlClient client(clock, daemon.connected());
      Heard heard;
      const Operation asking = client.ask({verb}, heard, heard.done());
      clock.advance(4s);
      CHECK_FALSE(heard.end);
      clock.advance(1s);
      CHECK(heard.end.has_value() == (verb == ControlRequest::Verb::kStatus));
      if (heard.end) CHECK(heard.end->error().trouble == Trouble::kBusy);
    }
  }
  SECTION("somebody else answers, and not in our language") {
    for (const std::string& nonsense : {std::string("hello\n"), std::string(70'000, 'x')}) {
      Daemon daemon;
      std::unique_ptr<Stream> accepted;
      daemon.listener.reset();
      auto stranger = LocalListener::open({daemon.loop, daemon.timers, daemon.log.log(), geteuid()},
                                          {daemon.state.path(), "control", ""},
                                          [&](std::unique_ptr<Stream> stream) {
                                            accepted = std::move(stream);
                                            accepted->send(nonsense);
                                          });
      REQUIRE(stranger);
      ControlClient client(daemon.timers, daemon.connected());
      Heard heard;
      const Operation asking = client.ask({}, heard, heard.done());
      daemon.run_until([&] { return heard.end.has_value(); });
      REQUIRE_FALSE(*heard.end);
      CHECK(heard.end->error().what.starts_with("the daemon's answer"));
      CHECK(heard.end->error().trouble == Trouble::kServer);
    }
  }
}

TEST_CASE("a client that is cancelled is silent, and the desk hears of it") {
  Daemon daemon;
  ControlClient client(daemon.timers, daemon.connected());
  Heard heard;
  Operation asking = client.ask({}, heard, heard.done());
  daemon.run_until([&] { return daemon.handler.count() == 1; });
  asking.cancel();
  daemon.run_until([&] { return daemon.handler.visit(0).cancelled; });
  CHECK_FALSE(heard.end);
}

TEST_CASE("garbage, half a request and silence hurt nobody else") {
  Daemon daemon;
  const auto garbage = daemon.raw(std::string(100'000, '\xff'));
  const auto browser = daemon.raw("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  auto half = daemon.raw("{\"imapkeep\":1,");
  const auto half_closed = daemon.raw("{\"imapkeep\":1,");
  half_closed->half_close();
  const auto silent = daemon.raw();
  const auto good = daemon.raw(kSync);
  half->close();
  daemon.run_until([&] { return garbage->ended() && browser->ended() && half_closed->ended(); });
  CHECK(garbage->read().find("longer than 64 KiB") != std::string::npos);
  CHECK(browser->read().find("not a JSON object") != std::string::npos);
  CHECK(browser->read().ends_with("{\"end\":64}\n"));
  CHECK(half_closed->read().empty());
  daemon.run_until([&] { return daemon.handler.count() == 1 && daemon.server->clients() == 2; });
  daemon.handler.reply().end(0);
  daemon.run_until([&] { return good->ended(); });
  CHECK(good->read() == "{\"end\":0}\n");
  CHECK_FALSE(silent->ended());
}

TEST_CASE("a client that never reads is dropped, and sees a cut") {
  Daemon daemon;
  const auto client = daemon.raw(kSync);
  daemon.run_until([&] { return daemon.handler.count() == 1; });
  const std::string line(9'000, 'x');
  int lines = 0;
  Operation talking;
  std::function<void()> talk = [&] {
    if (daemon.handler.visit(0).cancelled || ++lines > 10'000) return;
    daemon.handler.reply().line(line);
    talking = daemon.timers.after(0ms, talk);
  };
  talk();
  daemon.run_until([&] { return daemon.server->clients() == 0 || lines > 10'000; });
  CHECK(daemon.handler.visit(0).cancelled);
  CHECK(lines < 1000);  // a mebibyte, and what the kernel keeps
  CHECK(client->ended());
  CHECK(client->read().find("\"end\"") == std::string::npos);
}

TEST_CASE("thirty-two clients are served, the next is told, and a free place is used") {
  Daemon daemon;
  std::vector<std::unique_ptr<RawLocalClient>> clients;
  for (int i = 0; i < 32; ++i) clients.push_back(daemon.raw(kSync));
  daemon.run_until([&] { return daemon.handler.count() == 32; });
  const auto extra = daemon.raw(kSync);
  daemon.run_until([&] { return extra->ended(); });
  CHECK(extra->read().find("busy with 32 clients") != std::string::npos);
  CHECK(extra->read().ends_with("{\"end\":75}\n"));
  CHECK(daemon.handler.count() == 32);
  clients.pop_back();
  daemon.run_until([&] { return daemon.server->clients() == 31; });
  const auto next = daemon.raw(kSync);
  daemon.run_until([&] { return daemon.handler.count() == 33; });
}

TEST_CASE("at the daemon's end its clients are told before it is gone") {
  Daemon daemon;
  const auto client = daemon.raw(kSync);
  daemon.run_until([&] { return daemon.handler.count() == 1; });
  bool empty = false;
  const Operation ending =
      daemon.server->shutdown("imapkeep: the daemon ends", [&](Result<Done>) { empty = true; });
  daemon.run_until([&] { return empty; });
  CHECK(client->ended());
  CHECK(client->read() == "{\"line\":\"imapkeep: the daemon ends\"}\n{\"end\":75}\n");
}
