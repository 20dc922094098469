#include "daemon/io/tcp_stream.h"

#include <poll.h>
#include <sys/ioctl.h>

#include <future>

#include "tests/daemon/io/net_fixture.h"
#include "tests/daemon/io/scratch.h"

using namespace imapkeep;
using namespace std::chrono_literals;

namespace {

/// Every test here runs over plain TCP and over TLS.
struct Transport {
  bool tls = false;
  Scratch scratch;
  TestIdentity identity = make_identity({"localhost", "DNS:localhost,IP:127.0.0.1"});
  std::shared_ptr<SSL_CTX> context = server_context(identity);

  explicit Transport(bool with_tls) : tls(with_tls) {
    put_file(scratch / "ca.pem", identity.pem());
  }
  [[nodiscard]] std::optional<TlsOptions> options() const {
    if (!tls) return std::nullopt;
    return TlsOptions{"localhost", scratch / "ca.pem"};
  }
  [[nodiscard]] TestServer::Script script(TestServer::Script inner) const {
    if (!tls) return inner;
    return [context = context, inner = std::move(inner)](TestPeer& peer) {
      if (peer.secure(context.get())) inner(peer);
    };
  }
};

void echo(TestPeer& peer) {
  std::vector<char> buffer(100'000);
  for (;;) {
    const int got = peer.read(buffer.data(), buffer.size());
    if (got <= 0 || !peer.write({buffer.data(), static_cast<std::size_t>(got)})) return;
  }
}

std::string pattern(std::size_t size) {
  std::string bytes(size, '\0');
  std::uint32_t state = 1;
  for (char& c : bytes) {
    state = state * 1664525 + 1013904223;
    c = static_cast<char>(state >> 24);
  }
  return bytes;
}

}  // namespace

TEST_CASE("50 MB each way arrive as sent, through pauses") {
  for (const bool tls : {false, true}) {
    INFO((tls ? "TLS" : "plain"));
    const Transport transport(tls);
    NetFixture world;
    const TestServer server(transport.script(echo));
    auto stream = world.connected(server, transport.options());
    CHECK(stream->is_secure() == tls);
    const std::string sent = pattern(50'000'000);
    Listener listener;
    bool paused = false;
    int pauses = 0;
    std::size_t next_pause = 0;
    Operation resuming;
    listener.after_bytes = [&] {
      CHECK_FALSE(paused);
      if (listener.bytes.size() < next_pause) return;
      next_pause = listener.bytes.size() + 2'000'000;
      paused = true;
      ++pauses;
      stream->pause();
      resuming = world.timers.after(pauses % 2 == 0 ? 0ms : 3ms, [&] {
        paused = false;
        stream->resume();
      });
    };
    stream->start(listener);
    for (std::size_t at = 0; at < sent.size(); at += 1'234'567) {
      stream->send(sent.substr(at, 1'234'567));
    }
    CHECK(stream->unsent_bytes() == sent.size());  // nothing moves inside the call
    world.run_until([&] { return listener.bytes.size() >= sent.size() || listener.closed; });
    CHECK(listener.bytes == sent);
    CHECK(pauses > 10);
    CHECK(stream->unsent_bytes() == 0);
    CHECK_FALSE(listener.closed);
  }
}

TEST_CASE("single bytes, in each direction") {
  for (const bool tls : {false, true}) {
    INFO((tls ? "TLS" : "plain"));
    const Transport transport(tls);
    NetFixture world;
    const TestServer server(transport.script([](TestPeer& peer) {
      char c = 0;
      while (peer.read(&c, 1) == 1 && peer.write({&c, 1})) continue;
    }));
    auto stream = world.connected(server, transport.options());
    Listener listener;
    stream->start(listener);
    const std::string sent = pattern(2000);
    for (const char c : sent) stream->send(std::string(1, c));
    stream->send("");
    world.run_until([&] { return listener.bytes.size() == sent.size() || listener.closed; });
    CHECK(listener.bytes == sent);
  }
}

TEST_CASE("while paused nothing is read, and the peer feels it") {
  for (const bool tls : {false, true}) {
    INFO((tls ? "TLS" : "plain"));
    const Transport transport(tls);
    NetFixture world;
    std::atomic<std::size_t> accepted{0};
    const TestServer server(transport.script([&](TestPeer& peer) {
      const std::string chunk(10'000, 'x');
      while (accepted < 40'000'000 && peer.write(chunk)) accepted += chunk.size();
    }));
    auto stream = world.connected(server, transport.options());
    Listener listener;
    listener.after_bytes = [&] { stream->pause(); };
    stream->start(listener);
    world.run_until([&] { return !listener.bytes.empty(); });
    const std::size_t had = listener.bytes.size();
    world.run_for(100ms);
    CHECK(listener.bytes.size() == had);
    CHECK(accepted < 40'000'000);
    listener.after_bytes = nullptr;
    stream->resume();
    world.run_until([&] { return listener.closings == 1; });
    CHECK(listener.bytes.size() == 40'000'000);
  }
}

TEST_CASE("bytes that came in one burst are all handed over, although nothing follows to wake us") {
  for (const bool tls : {false, true}) {
    for (const std::size_t size : {16'384u, 131'072u, 131'073u, 262'144u, 262'145u, 400'000u}) {
      for (const bool pauses : {false, true}) {
        INFO((tls ? "TLS " : "plain ") << size << (pauses ? " with pauses" : ""));
        const Transport transport(tls);
        NetFixture world;
        std::promise<void> sent;
        const TestServer server(transport.script([&](TestPeer& peer) {
          peer.write(pattern(size));
          sent.set_value();
          peer.read_all();
        }));
        auto stream = world.connected(server, transport.options());
        sent.get_future().wait();
        Listener listener;
        Operation resuming;
        if (pauses) {
          listener.after_bytes = [&] {
            stream->pause();
            resuming = world.timers.after(0ms, [&] { stream->resume(); });
          };
        }
        stream->start(listener);
        world.run_until([&] { return listener.bytes.size() == size; }, 10s);
        CHECK(listener.bytes == pattern(size));
      }
    }
  }
}

TEST_CASE("a stream that was paused before it started, and paused again at once, says nothing") {
  const Transport transport(true);
  NetFixture world;
  const TestServer server(transport.script([](TestPeer& peer) {
    peer.write("hello");
    peer.read_all();
  }));
  auto stream = world.connected(server, transport.options());
  Listener listener;
  stream->pause();
  stream->start(listener);
  stream->resume();
  stream->pause();
  world.run_for(20ms);
  CHECK(listener.bytes.empty());
  stream->resume();
  world.run_until([&] { return listener.bytes == "hello"; });
}

TEST_CASE("one greedy stream does not keep the others from their turn") {
  const Transport transport(false);
  NetFixture world;
  const TestServer flood([](TestPeer& peer) {
    const std::string chunk(1'000'000, 'f');
    while (peer.write(chunk)) continue;
  });
  const TestServer quiet(echo);
  auto greedy = world.connected(flood);
  auto modest = world.connected(quiet);
  struct Discard final : StreamHandler {
    std::size_t in_a_row = 0;
    std::size_t most = 0;
    void on_bytes(ByteView bytes) override { most = std::max(most, in_a_row += bytes.size()); }
    void on_closed(const Error&) override {}
  } discard;
  Listener listener;
  greedy->start(discard);
  modest->start(listener);
  Operation tick;
  std::function<void()> reset = [&] {
    discard.in_a_row = 0;
    tick = world.timers.after(0ms, reset);
  };
  reset();
  for (int round = 0; round < 50; ++round) {
    modest->send("x");
    world.run_until([&] { return listener.bytes.size() == static_cast<std::size_t>(round) + 1; });
  }
  CHECK(discard.most <= 1024 * 1024);
}

TEST_CASE("how a connection ends is said in a sentence, once, after the last byte") {
  struct Case {
    const char* name;
    bool tls;
    TestServer::Script script;
    std::string says;
  };
  const auto reset = [](TestPeer& peer) {
    const linger now{1, 0};
    setsockopt(peer.fd(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  };
  const std::vector<Case> cases = {
      {"plain close", false, [](TestPeer&) {}, "closed the connection"},
      {"plain half-close", false,
       [](TestPeer& peer) {
         shutdown(peer.fd(), SHUT_WR);
         peer.read_all();
       },
       "closed the connection"},
      {"plain reset", false, reset, "lost the connection to 127.0.0.1:"},
      {"TLS close", true, [](TestPeer& peer) { peer.say_goodbye(); }, "closed the connection"},
      {"TLS cut", true, [](TestPeer&) {}, "without ending TLS properly"},
      {"TLS cut in a record", true,
       [](TestPeer& peer) {
         // The head of an application data record of 256 bytes, and 3 of them.
         const std::string_view part(
             "\x17\x03\x03\x01\x00"
             "abc",
             8);
         ::send(peer.fd(), part.data(), part.size(), MSG_NOSIGNAL);
       },
       "without ending TLS properly"},
      {"TLS garbage", true,
       [](TestPeer& peer) {
         const std::string garbage(300, 'g');
         ::send(peer.fd(), garbage.data(), garbage.size(), MSG_NOSIGNAL);
         char c = 0;
         recv(peer.fd(), &c, 1, 0);
       },
       "broke"},
      {"TLS reset", true, reset, "lost the connection to 127.0.0.1:"},
  };
  for (const Case& item : cases) {
    for (const bool destroy : {false, true}) {
      INFO(item.name << (destroy ? ", destroyed in on_closed" : ""));
      const Transport transport(item.tls);
      NetFixture world;
      const TestServer server(transport.script([&](TestPeer& peer) {
        peer.write("* BYE\r\n");
        peer.read_line();
        item.script(peer);
      }));
      auto stream = world.connected(server, transport.options());
      Listener listener;
      if (destroy) listener.after_close = [&] { stream.reset(); };
      stream->start(listener);
      bool asked = false;
      listener.after_bytes = [&] {
        if (asked) return;
        asked = true;
        stream->send("bye\n");
      };
      world.run_until([&] { return listener.closed.has_value(); });
      CHECK(listener.bytes == "* BYE\r\n");
      CHECK(listener.closed->what.find(item.says) != std::string::npos);
      CHECK(listener.closed->what.find("127.0.0.1:") != std::string::npos);
      CHECK(listener.closed->trouble == Trouble::kServer);
      CHECK(listener.closed->remedy == Remedy::kRetrySoon);
      if (stream) {
        stream->send("into the void");
        CHECK(stream->unsent_bytes() == 0);
        stream->resume();
      }
      world.run_for(5ms);
      CHECK(listener.closings == 1);
    }
  }
}

TEST_CASE("a farewell is read although writing has already failed") {
  NetFixture world;
  std::promise<void> farewell;
  const TestServer server([&](TestPeer& peer) {
    peer.write("* BYE too many connections\r\n");
    shutdown(peer.fd(), SHUT_WR);
    // Closed with our bytes unread: the kernel answers them with a reset.
    pollfd readable{peer.fd(), POLLIN, 0};
    poll(&readable, 1, 20'000);
    farewell.set_value();
  });
  auto stream = world.connected(server);
  Listener listener;
  stream->pause();
  stream->start(listener);
  stream->send("a LOGIN\r\n");
  world.run_until([&] { return stream->unsent_bytes() == 0; });
  farewell.get_future().wait();
  // Each piece goes to a peer that is gone, until the kernel knows.
  for (int i = 0; i < 20; ++i) {
    stream->send("more\r\n");
    world.run_for(1ms);
  }
  CHECK(stream->unsent_bytes() == 0);
  CHECK(listener.closings == 0);
  stream->resume();
  world.run_until([&] { return listener.closings == 1; });
  CHECK(listener.bytes == "* BYE too many connections\r\n");
}

TEST_CASE("the end waits for resume, like the bytes before it") {
  for (const bool tls : {false, true}) {
    const Transport transport(tls);
    NetFixture world;
    const TestServer server(transport.script([](TestPeer& peer) {
      peer.write("last");
      if (peer.ssl() != nullptr) peer.say_goodbye();
    }));
    auto stream = world.connected(server, transport.options());
    Listener listener;
    listener.after_bytes = [&] { stream->pause(); };
    stream->start(listener);
    world.run_until([&] { return listener.bytes == "last"; });
    world.run_for(20ms);
    CHECK(listener.closings == 0);
    stream->resume();
    CHECK(listener.closings == 0);
    world.run_until([&] { return listener.closings == 1; });
  }
}

TEST_CASE("a stream destroyed in on_bytes is closed and silent") {
  for (const bool tls : {false, true}) {
    const Transport transport(tls);
    NetFixture world;
    std::promise<std::string> rest;
    const TestServer server(transport.script([&](TestPeer& peer) {
      const std::string chunk(3'000'000, 'x');
      peer.write(chunk);
      rest.set_value(peer.read_all());
    }));
    auto stream = world.connected(server, transport.options());
    Listener listener;
    int calls = 0;
    listener.after_bytes = [&] {
      ++calls;
      stream->send("unsent");
      stream.reset();
    };
    stream->start(listener);
    world.run_until([&] { return calls > 0; });
    CHECK(rest.get_future().get().empty());
    world.run_for(5ms);
    CHECK(calls == 1);
    CHECK(listener.closings == 0);
  }
}

TEST_CASE("an idle stream that is destroyed says goodbye in TLS") {
  const Transport transport(true);
  NetFixture world;
  std::promise<int> ended;
  const TestServer server(transport.script([&](TestPeer& peer) {
    char c = 0;
    const int got = peer.read(&c, 1);
    ended.set_value(SSL_get_error(peer.ssl(), got));
  }));
  auto stream = world.connected(server, transport.options());
  Listener listener;
  stream->start(listener);
  world.run_for(5ms);
  stream.reset();
  CHECK(ended.get_future().get() == SSL_ERROR_ZERO_RETURN);
}
