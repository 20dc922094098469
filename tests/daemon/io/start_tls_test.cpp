#include <future>

#include "tests/daemon/io/test_authority.h"

using namespace imapkeep;
using namespace std::chrono_literals;

TEST_CASE("STARTTLS: plain text before, TLS after, the same handler") {
  const Authority ca;
  const auto context = server_context(make_identity({"x", "DNS:localhost"}, &ca.root));
  NetFixture world;
  std::promise<std::string> secret;
  const TestServer server([&](TestPeer& peer) {
    peer.write("* OK\r\n");
    peer.read_line();
    peer.write("a OK begin TLS\r\n");
    if (!peer.secure(context.get())) return;
    peer.write("* first\r\n");
    secret.set_value(peer.read_line());
    peer.read_all();
  });
  for (const bool inside_handler : {true, false}) {
    secret = {};
    auto stream = world.connected(server);
    CHECK_FALSE(stream->is_secure());
    Listener listener;
    std::optional<Result<Done>> secured;
    Operation securing;
    const auto begin = [&] {
      securing =
          stream->start_tls({"localhost", ca.scratch / "root.pem"},
                            [&](Result<Done> result) { secured.emplace(std::move(result)); });
      stream->send("b LOGIN\r\n");  // queued behind the handshake, never plain
      CHECK_FALSE(secured);
      CHECK_FALSE(stream->is_secure());
    };
    bool begun = false;
    listener.after_bytes = [&] {
      if (listener.bytes == "* OK\r\n") stream->send("a STARTTLS\r\n");
      if (!begun && contains(listener.bytes, "begin TLS\r\n")) {
        begun = true;
        if (inside_handler) begin();
      }
    };
    stream->start(listener);
    world.run_until([&] { return begun; });
    if (!inside_handler) begin();
    world.run_until([&] { return secured.has_value() && contains(listener.bytes, "* first\r\n"); });
    CHECK(*secured);
    CHECK(stream->is_secure());
    CHECK(secret.get_future().get() == "b LOGIN\r\n");
    CHECK(listener.closings == 0);
  }
}

TEST_CASE("STARTTLS: plain text that somebody slipped in behind the OK breaks the handshake") {
  const Authority ca;
  NetFixture world;
  const TestServer server([&](TestPeer& peer) {
    peer.write("a OK begin TLS\r\n");
    peer.read_line();
    peer.write("* CAPABILITY AUTH=PLAIN\r\n");
    peer.read_all();
  });
  auto stream = world.connected(server);
  Listener listener;
  std::optional<Error> refused;
  Operation securing;
  listener.after_bytes = [&] {
    listener.after_bytes = nullptr;
    stream->pause();
    stream->send("go\n");
  };
  stream->start(listener);
  world.run_until([&] { return listener.after_bytes == nullptr && stream->unsent_bytes() == 0; });
  securing = stream->start_tls({"localhost", ca.scratch / "root.pem"},
                               [&](Result<Done> result) { refused = result.error(); });
  world.run_until([&] { return refused.has_value(); });
  CHECK(contains(refused->what, "does not answer in TLS"));
  stream->resume();
  world.run_for(5ms);
  CHECK(listener.bytes == "a OK begin TLS\r\n");
  CHECK(listener.closings == 0);  // told once, to the one who asked
}

TEST_CASE("start_tls: refused when it makes no sense, never inside the call") {
  const Authority ca;
  const auto context = server_context(make_identity({"x", "DNS:localhost"}, &ca.root));
  NetFixture world;
  const TestServer server(greeting(context));
  const TlsOptions options{"localhost", ca.scratch / "root.pem"};
  const auto complaint_of = [&](Stream& stream) {
    std::optional<Error> error;
    const Operation operation =
        stream.start_tls(options, [&](Result<Done> result) { error = result.error(); });
    CHECK_FALSE(error);
    world.run_until([&] { return error.has_value(); });
    return error->what;
  };
  auto secure = world.connected(server, options);
  CHECK(contains(complaint_of(*secure), "already in use"));
  secure.reset();
  auto unsent = world.connected(server);
  unsent->send("x");
  CHECK(contains(complaint_of(*unsent), "unsent"));
  unsent.reset();
}

TEST_CASE("start_tls: the stream may die in `done`, and before it") {
  const Authority ca;
  const auto context = server_context(make_identity({"x", "DNS:localhost"}, &ca.root));
  NetFixture world;
  const TestServer server(greeting(context));
  for (const std::string file : {"root.pem", "other.pem"}) {
    auto stream = world.connected(server);
    bool done = false;
    const Operation operation =
        stream->start_tls({"localhost", ca.scratch / file}, [&](Result<Done>) {
          done = true;
          stream.reset();
        });
    world.run_until([&] { return done; });

    auto early = world.connected(server);
    int called = 0;
    const Operation unfinished =
        early->start_tls({"localhost", ca.scratch / file}, [&](Result<Done>) { ++called; });
    early.reset();
    world.run_for(20ms);
    CHECK(called == 0);
  }
}

TEST_CASE("start_tls cancelled: no word to `done`, and no way back to plain text") {
  const Authority ca;
  const auto context = server_context(make_identity({"x", "DNS:localhost"}, &ca.root));
  for (const bool good : {true, false}) {
    NetFixture world;
    const TestServer server(greeting(context));
    auto stream = world.connected(server);
    Listener listener;
    stream->start(listener);
    {
      const Operation dropped =
          stream->start_tls({"localhost", ca.scratch / (good ? "root.pem" : "other.pem")},
                            [&](Result<Done>) { FAIL("called after cancellation"); });
    }
    world.run_until([&] { return good ? !listener.bytes.empty() : listener.closings == 1; });
    CHECK(stream->is_secure() == good);
  }
}
