#include "daemon/io/uv_dialer.h"

#include <netinet/tcp.h>

#include "daemon/io/address.h"
#include "daemon/io/tcp_connector.h"
#include "tests/daemon/io/net_fixture.h"
#include "tests/daemon/io/scratch.h"

using namespace imapkeep;
using namespace std::chrono_literals;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// A port of 127.0.0.1 where nobody listens, and which nobody else can be given meanwhile.
struct ClosedPort {
  Fd bound{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  std::uint16_t number = 0;

  ClosedPort() {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    REQUIRE(bind(bound.get(), reinterpret_cast<sockaddr*>(&at), size) == 0);
    REQUIRE(getsockname(bound.get(), reinterpret_cast<sockaddr*>(&at), &size) == 0);
    number = ntohs(at.sin_port);
  }
};

Address address(const std::string& text, std::uint16_t port = 1) {
  return *parse_address(text, port);
}

}  // namespace

TEST_CASE("addresses written out are recognised; names are not") {
  CHECK(parse_address("127.0.0.1", 993)->text() == "127.0.0.1");
  CHECK(parse_address("::1", 993)->text() == "::1");
  CHECK_FALSE(parse_address("localhost", 993));
  CHECK_FALSE(parse_address("", 993));
  CHECK_FALSE(parse_address("imap.example.org", 993));
}

TEST_CASE("address families take turns, the resolver's favourite first") {
  struct Case {
    std::vector<std::string> given;
    std::vector<std::string> turns;
  };
  for (const Case& item : std::vector<Case>{
           {{}, {}},
           {{"::1"}, {"::1"}},
           {{"::1", "::2", "::3", "10.0.0.1"}, {"::1", "10.0.0.1", "::2", "::3"}},
           {{"10.0.0.1", "10.0.0.2", "::1", "::2"}, {"10.0.0.1", "::1", "10.0.0.2", "::2"}},
           {{"10.0.0.2", "::2", "::1", "10.0.0.1"}, {"10.0.0.2", "::2", "10.0.0.1", "::1"}},
       }) {
    std::vector<Address> given;
    for (const auto& text : item.given) given.push_back(address(text));
    std::vector<std::string> turns;
    for (const auto& turn : interleaved(given)) turns.push_back(turn.text());
    CHECK(turns == item.turns);
  }
}

TEST_CASE("dialling by name and by address") {
  NetFixture world;
  const TestServer server([](TestPeer& peer) {
    peer.write("hi");
    peer.read_all();
  });
  for (const std::string host : {"127.0.0.1", "localhost"}) {
    INFO(host);
    auto stream = world.dial({host, server.port(), std::nullopt});
    if (!stream) FAIL(stream.error().what);
    Listener listener;
    (*stream)->start(listener);
    world.run_until([&] { return listener.bytes == "hi"; });
  }
}

TEST_CASE("a refused port and an unknown host are named, with a remedy") {
  NetFixture world;
  const ClosedPort closed;
  const auto refused = world.dial({"127.0.0.1", closed.number, std::nullopt});
  REQUIRE_FALSE(refused);
  CHECK(contains(refused.error().what, "127.0.0.1:" + std::to_string(closed.number)));
  CHECK(contains(refused.error().what, "(ECONNREFUSED)"));
  CHECK(refused.error().trouble == Trouble::kServer);
  CHECK(refused.error().remedy == Remedy::kRetrySoon);

  const auto unknown = world.dial({"nosuchhost.invalid", 993, std::nullopt});
  REQUIRE_FALSE(unknown);
  CHECK(contains(unknown.error().what, "nosuchhost.invalid"));
  CHECK(unknown.error().trouble == Trouble::kServer);
  CHECK(unknown.error().remedy != Remedy::kNeedsOperator);
}

TEST_CASE("the deadline says what it waited for") {
  NetFixture world;
  const TestServer silent([](TestPeer& peer) { peer.read_all(); });
  const auto stalled =
      world.dial({"127.0.0.1", silent.port(), TlsOptions{"localhost", ""}, 1500ms});
  REQUIRE_FALSE(stalled);
  CHECK(contains(stalled.error().what, "TLS handshake did not end within 1.5 s"));
  CHECK(stalled.error().remedy == Remedy::kRetrySoon);

  // A listener whose queue is full answers no further SYN.
  const ClosedPort full;
  REQUIRE(listen(full.bound.get(), 0) == 0);
  std::vector<std::unique_ptr<Stream>> waiting;
  for (;;) {
    auto next = world.dial({"127.0.0.1", full.number, std::nullopt, 300ms});
    if (!next) {
      CHECK(contains(next.error().what, "did not answer within 0.3 s (last tried: 127.0.0.1)"));
      CHECK(next.error().remedy == Remedy::kRetrySoon);
      break;
    }
    waiting.push_back(std::move(*next));
    REQUIRE(waiting.size() < 20);
  }
}

TEST_CASE("the address that fails or is silent gives way to the next") {
  NetFixture world;
  const TestServer server([](TestPeer& peer) { peer.read_all(); });
  const ClosedPort refusing;
  const ClosedPort full;
  REQUIRE(listen(full.bound.get(), 0) == 0);
  std::vector<Fd> waiting;  // fills the queue of the silent one
  const Address silent = address("127.0.0.1", full.number);
  for (int i = 0; i < 4; ++i) {
    waiting.emplace_back(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    connect(waiting.back().get(), reinterpret_cast<const sockaddr*>(&silent.storage), silent.size);
  }
  const Address refused = address("127.0.0.1", refusing.number);
  const Address good = address("127.0.0.1", server.port());
  struct Case {
    std::vector<Address> addresses;
    bool connects;
  };
  for (const Case& item : std::vector<Case>{{{refused, good}, true},
                                            {{silent, good}, true},
                                            {{silent, refused, silent, good}, true},
                                            {{good, refused}, true},
                                            {{refused, refused}, false},
                                            {{}, false}}) {
    std::optional<Result<Fd>> answer;
    std::unique_ptr<TcpConnector> connector;
    connector = std::make_unique<TcpConnector>(world.loop, world.timers, item.addresses, "peer:1",
                                               [&](Result<Fd> result) {
                                                 answer.emplace(std::move(result));
                                                 connector.reset();
                                               });
    connector->start();
    CHECK_FALSE(answer);
    world.run_until([&] { return answer.has_value(); });
    CHECK(answer->has_value() == item.connects);
    if (!item.connects) CHECK(contains(answer->error().what, "peer:1"));
  }
}

TEST_CASE("a connection's options: no delay, keepalive, a bound on silence, close-on-exec") {
  NetFixture world;
  const TestServer server([](TestPeer& peer) { peer.read_all(); });
  std::optional<Result<Fd>> answer;
  TcpConnector connector(world.loop, world.timers, {address("127.0.0.1", server.port())}, "peer:1",
                         [&](Result<Fd> result) { answer.emplace(std::move(result)); });
  connector.start();
  world.run_until([&] { return answer.has_value(); });
  REQUIRE(*answer);
  const int fd = (**answer).get();
  const auto option = [fd](int level, int name) {
    int value = 0;
    socklen_t size = sizeof value;
    getsockopt(fd, level, name, &value, &size);
    return value;
  };
  CHECK(option(IPPROTO_TCP, TCP_NODELAY) == 1);
  CHECK(option(SOL_SOCKET, SO_KEEPALIVE) == 1);
  CHECK(option(IPPROTO_TCP, TCP_KEEPIDLE) == 60);
  CHECK(option(IPPROTO_TCP, TCP_KEEPINTVL) == 15);
  CHECK(option(IPPROTO_TCP, TCP_KEEPCNT) == 4);
  CHECK(option(IPPROTO_TCP, TCP_USER_TIMEOUT) == 45'000);
  CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
  CHECK((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
}

TEST_CASE("a dial may be cancelled at every stage, and its handler may drop everything") {
  const Scratch scratch;
  const TestIdentity identity = make_identity({"x", "DNS:localhost"});
  put_file(scratch / "ca.pem", identity.pem());
  const auto context = server_context(identity);
  NetFixture world;
  const TestServer server([&](TestPeer& peer) {
    if (peer.secure(context.get())) peer.read_all();
  });
  const TlsOptions tls{"localhost", scratch / "ca.pem"};
  for (const std::string host : {"127.0.0.1", "localhost", "nosuchhost.invalid"}) {
    for (int rounds = 0; rounds < 12; ++rounds) {
      bool cancelled = false;
      bool called_late = false;
      Operation operation = world.dialer.dial(
          {host, server.port(), tls},
          [&](Result<std::unique_ptr<Stream>>) { called_late = called_late || cancelled; });
      // Each further round of the loop takes the dial one stage on.
      for (int round = 0; round < rounds; ++round) uv_run(world.loop.raw(), UV_RUN_NOWAIT);
      cancelled = true;
      operation.cancel();
      world.run_for(5ms);
      CHECK_FALSE(called_late);
    }
  }
  const ClosedPort closed;
  for (const std::uint16_t port : {server.port(), closed.number}) {
    Operation operation;
    bool called = false;
    operation =
        world.dialer.dial({"127.0.0.1", port, tls}, [&](Result<std::unique_ptr<Stream>> result) {
          called = true;
          operation = Operation();
          CHECK(result.has_value() == (port == server.port()));
        });  // and the stream dies here
    world.run_until([&] { return called; });
  }
}
