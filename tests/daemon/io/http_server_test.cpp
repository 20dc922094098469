#include "daemon/io/http_server.h"

#include <sys/socket.h>

#include <optional>
#include <vector>

#include "daemon/io/address.h"
#include "daemon/io/fd.h"
#include "tests/daemon/io/loop_fixture.h"

using namespace imapkeep;
using namespace std::chrono_literals;

namespace {

/// A browser's end, without any code of ours.
class RawVisitor {
 public:
  explicit RawVisitor(std::uint16_t port, const char* address = "127.0.0.1") {
    const auto at = parse_address(address, port);
    fd_ = Fd(socket(at->family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    connected_ = connect(fd_.get(), reinterpret_cast<const sockaddr*>(&at->storage), at->size) == 0;
  }
  [[nodiscard]] bool connected() const { return connected_; }
  void say(const std::string& bytes) const {
    [[maybe_unused]] const auto sent = send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  /// Whether the server has closed.
  bool ended() {
    char buffer[4096];
    ssize_t got = 0;
    while ((got = recv(fd_.get(), buffer, sizeof buffer, MSG_DONTWAIT)) > 0) {
      read_.append(buffer, static_cast<std::size_t>(got));
    }
    return got == 0 || errno != EAGAIN;
  }
  [[nodiscard]] const std::string& read() const { return read_; }

 private:
  Fd fd_;
  bool connected_ = false;
  std::string read_;
};

struct ServerFixture : LoopFixture {
  MicrohttpdServing serving{loop, timers};
  std::vector<HttpVisit> visits;
  int after = 0;
  std::unique_ptr<HttpServer> server;

  ServerFixture() {
    auto opened = serving.listen({}, [this](const HttpVisit& visit) {
      visits.push_back(visit);
      HttpResponse response;
      response.status = visit.method == "GET" ? 200 : 405;
      response.body = "<p>done";
      response.style_hash = "sha256-abc";
      response.after = [this] { ++after; };
      return response;
    });
    REQUIRE(opened);
    server = std::move(*opened);
  }
  std::string visit(const std::string& bytes) {
    RawVisitor visitor(server->port());
    REQUIRE(visitor.connected());
    visitor.say(bytes);
    run_until([&] { return visitor.ended(); });
    return visitor.read();
  }
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a visit is shown as it came, answered once, and its connection closed") {
  ServerFixture world;
  const std::string answer =
      world.visit("GET /back?code=a%20b&state=%41+c&code=2 HTTP/1.1\r\nHost: 127.0.0.1:7\r\n\r\n");
  REQUIRE(world.visits.size() == 1);
  CHECK(world.visits[0].method == "GET");
  CHECK(world.visits[0].target == "/back?code=a%20b&state=%41+c&code=2");
  CHECK(world.visits[0].host == "127.0.0.1:7");
  CHECK(answer.starts_with("HTTP/1.1 200 "));
  CHECK(has(answer, "\r\nCache-Control: no-store\r\n"));
  CHECK(has(answer, "\r\nContent-Security-Policy: default-src 'none'; "));
  CHECK(has(answer, "style-src 'sha256-abc'"));
  CHECK(has(answer, "\r\nReferrer-Policy: no-referrer\r\n"));
  CHECK(has(answer, "\r\nConnection: close\r\n"));
  CHECK(answer.ends_with("\r\n\r\n<p>done"));
  world.run_until([&] { return world.after == 1; });
}

TEST_CASE("a Host header that is missing or doubled is told as none") {
  ServerFixture world;
  world.visit("GET /a HTTP/1.1\r\nhOST: x\r\nHost: y\r\n\r\n");
  world.visit("GET /b HTTP/1.0\r\n\r\n");
  REQUIRE(world.visits.size() == 2);
  CHECK(world.visits[0].host.empty());
  CHECK(world.visits[1].host.empty());
}

TEST_CASE("other methods are told, and their bodies are not read") {
  ServerFixture world;
  const std::string answer = world.visit(
      "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" + std::string(20000, 'x'));
  REQUIRE(world.visits.size() == 1);
  CHECK(world.visits[0].method == "POST");
  CHECK(answer.starts_with("HTTP/1.1 405 "));
  CHECK(has(answer, "\r\nAllow: GET\r\n"));
}

TEST_CASE("a request over the limit is refused, and one below it is not") {
  ServerFixture world;
  for (const std::size_t bytes : {16'400, 20'000, 100'000}) {
    const std::string big =
        world.visit("GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + std::string(bytes, 'c') + "\r\n\r\n");
    CHECK((big.empty() || big.starts_with("HTTP/1.1 4")));
  }
  CHECK(world.visits.empty());
  const std::string small =
      world.visit("GET / HTTP/1.1\r\nHost: x\r\nCookie: " + std::string(8000, 'c') + "\r\n\r\n");
  CHECK(small.starts_with("HTTP/1.1 200 "));
}

TEST_CASE("silent visitors and half requests keep nobody out") {
  ServerFixture world;
  const RawVisitor silent(world.server->port());
  const RawVisitor half(world.server->port());
  half.say("GET / HT");
  const std::string answer = world.visit("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(answer.starts_with("HTTP/1.1 200 "));
  CHECK(world.visits.size() == 1);
}

TEST_CASE("a silent visitor is let go after its time") {
  ServerFixture world;
  RawVisitor silent(world.server->port());
  world.run_until([&] { return silent.ended(); }, 20s);
}

TEST_CASE("only this machine reaches it, a taken port says so, and a freed one is had again") {
  ServerFixture world;
  const std::uint16_t port = world.server->port();
  // All of 127.0.0.0/8 is this machine, and only one address of it is listened on.
  CHECK_FALSE(RawVisitor(port, "127.0.0.2").connected());
  const auto answer = [](const HttpVisit&) { return HttpResponse{}; };
  const auto taken = world.serving.listen({"127.0.0.1", port}, answer);
  REQUIRE_FALSE(taken);
  CHECK(taken.error().trouble == Trouble::kBusy);
  CHECK(has(taken.error().what, std::to_string(port)));
  world.visit("GET / HTTP/1.1\r\nHost: x\r\n\r\n");  // the server closes: it lingers on our side
  world.server.reset();
  CHECK(world.serving.listen({"127.0.0.1", port}, answer));
}

TEST_CASE("a closed server tells nothing more") {
  ServerFixture world;
  RawVisitor visitor(world.server->port());
  visitor.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  world.run_until([&] { return !world.visits.empty(); });
  const int told = world.after;
  world.server.reset();
  world.run_for(20ms);
  CHECK(world.after == told);
}

TEST_CASE("a response has its own type, and a server its own address") {
  LoopFixture world;
  MicrohttpdServing serving{world.loop, world.timers};
  const auto answer = [](const HttpVisit& visit) {
    HttpResponse response;
    response.status = visit.target == "/metrics" ? 200 : 404;
    response.body = "up 1\n";
    response.content_type = "text/plain; version=0.0.4";
    return response;
  };
  for (const char* address : {"127.0.0.1", "127.0.0.2", "::1"}) {
    CAPTURE(address);
    const auto server = serving.listen({address, 0}, answer);
    if (!server) FAIL(server.error().what);
    for (const bool there : {true, false}) {
      RawVisitor visitor((*server)->port(), address);
      REQUIRE(visitor.connected());
      visitor.say(std::string("GET /") + (there ? "metrics" : "x") +
                  " HTTP/1.1\r\nHost: x\r\n\r\n");
      world.run_until([&] { return visitor.ended(); });
      CHECK(visitor.read().starts_with(there ? "HTTP/1.1 200 " : "HTTP/1.1 404 "));
      CHECK(has(visitor.read(), "\r\nContent-Type: text/plain; version=0.0.4\r\n"));
      CHECK(visitor.read().ends_with("\r\n\r\nup 1\n"));
    }
  }
  for (const char* none : {"localhost", "", "127.0.0.1:80", "nonsense\n"}) {
    const auto refused = serving.listen({none, 0}, answer);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().trouble == Trouble::kConfig);
  }
  // TEST-NET-1 is nobody's.
  CHECK_FALSE(serving.listen({"192.0.2.1", 0}, answer));
}

namespace {

/// A server whose every response is a stream.
struct EventFixture : LoopFixture {
  MicrohttpdServing serving{loop, timers};
  std::vector<std::shared_ptr<HttpEventStream>> streams;
  int after = 0;
  std::unique_ptr<HttpServer> server;

  EventFixture() {
    auto opened = serving.listen({}, [this](const HttpVisit&) {
      HttpResponse response;
      response.events = [this](std::shared_ptr<HttpEventStream> stream) {
        streams.push_back(std::move(stream));
      };
      response.after = [this] { ++after; };
      return response;
    });
    REQUIRE(opened);
    server = std::move(*opened);
  }
  RawVisitor visitor() {
    RawVisitor made(server->port());
    made.say("GET /events HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n");
    const std::size_t before = streams.size();
    run_until([&] { return streams.size() > before; });
    return made;
  }
  void run_until_read(RawVisitor& visitor, const std::string& text) {
    run_until([&] {
      const Operation turn = loop.defer([] {});
      visitor.ended();
      return has(visitor.read(), text);
    });
  }
};

}  // namespace

TEST_CASE("events are told as they happen, until the server ends the stream") {
  EventFixture world;
  RawVisitor visitor = world.visitor();
  CHECK(world.streams[0]->is_open());
  for (int i = 0; i < 5; ++i) {
    world.streams[0]->send("event " + std::to_string(i));
    world.run_until_read(visitor, "data: event " + std::to_string(i) + "\n\n");
    CHECK_FALSE(visitor.ended());
    world.run_for(2ms);  // it is suspended between them
  }
  CHECK(has(visitor.read(), "\r\nContent-Type: text/event-stream\r\n"));
  world.streams[0]->send("two\nlines\r\nand a third\n");
  world.run_until_read(visitor, "data: two\ndata: lines\ndata: and a third\ndata: \n\n");
  CHECK(world.after == 0);
  world.streams[0]->send("the last");
  world.streams[0]->end();
  CHECK_FALSE(world.streams[0]->is_open());
  world.streams[0]->send("too late");
  world.run_until([&] { return visitor.ended(); });
  CHECK(has(visitor.read(), "data: the last\n\n"));
  CHECK_FALSE(has(visitor.read(), "too late"));
  world.run_until([&] { return world.after == 1; });
}

TEST_CASE("a client that goes is known at once, and others go on") {
  EventFixture world;
  RawVisitor stays = world.visitor();
  {
    // It has read all there was, so that its end is a FIN and no error.
    RawVisitor goes = world.visitor();
    world.streams[1]->send("hello");
    world.run_until_read(goes, "data: hello\n\n");
  }
  world.run_until([&] { return world.after == 1; }, 5s);
  CHECK_FALSE(world.streams[1]->is_open());
  world.streams[1]->send("to nobody");
  world.streams[1]->end();
  CHECK(world.streams[0]->is_open());
  world.streams[0]->send("still here");
  world.run_until_read(stays, "data: still here\n\n");
}

TEST_CASE("a client that does not read loses its stream, and little is kept for it") {
  EventFixture world;
  const RawVisitor silent = world.visitor();
  const std::string text(64 * 1024, 'x');
  int sent = 0;
  while (world.streams[0]->is_open() && sent < 2000) {
    world.streams[0]->send(text);
    ++sent;
    world.run_for(1ms);
  }
  CHECK(sent < 2000);
  CHECK(sent > 4);  // what waits may be 256 KiB, and the kernel takes some
  // Its connection ends when nothing moves for ten seconds; the others need not wait for it.
  RawVisitor other = world.visitor();
  world.streams[1]->send("hello");
  world.run_until_read(other, "data: hello\n\n");
}

TEST_CASE("a server may end with streams open, and what is left of them is harmless") {
  EventFixture world;
  RawVisitor one = world.visitor();
  RawVisitor other = world.visitor();
  world.streams[0]->send("waits");
  world.server.reset();
  CHECK_FALSE(world.streams[0]->is_open());
  world.streams[0]->send("x");
  world.streams[1]->end();
  world.run_until([&] { return one.ended() && other.ended(); });
  world.streams.clear();
  world.run_for(5ms);
  CHECK(world.after == 0);
}
