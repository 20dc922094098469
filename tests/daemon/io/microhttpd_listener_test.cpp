#include "daemon/io/microhttpd_listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <optional>
#include <vector>

#include "daemon/io/fd.h"
#include "tests/daemon/io/loop_fixture.h"

using namespace imapkeep;
using namespace std::chrono_literals;

namespace {

/// A browser's end, without any code of ours.
class RawVisitor {
 public:
  explicit RawVisitor(std::uint16_t port, const char* address = "127.0.0.1")
      : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    inet_pton(AF_INET, address, &at.sin_addr);
    connected_ = connect(fd_.get(), reinterpret_cast<sockaddr*>(&at), sizeof at) == 0;
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

struct ListenerFixture : LoopFixture {
  MicrohttpdListening listening{loop, timers};
  std::vector<HttpVisit> visits;
  int after = 0;
  std::unique_ptr<HttpListener> listener;

  ListenerFixture() {
    auto opened = listening.listen(0, [this](const HttpVisit& visit) {
      visits.push_back(visit);
      return HttpPage{visit.method == "GET" ? 200 : 405, "<p>done", "sha256-abc",
                      [this] { ++after; }};
    });
    REQUIRE(opened);
    listener = std::move(*opened);
  }
  std::string visit(const std::string& bytes) {
    RawVisitor visitor(listener->port());
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
  ListenerFixture world;
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
  ListenerFixture world;
  world.visit("GET /a HTTP/1.1\r\nhOST: x\r\nHost: y\r\n\r\n");
  world.visit("GET /b HTTP/1.0\r\n\r\n");
  REQUIRE(world.visits.size() == 2);
  CHECK(world.visits[0].host.empty());
  CHECK(world.visits[1].host.empty());
}

TEST_CASE("other methods are told, and their bodies are not read") {
  ListenerFixture world;
  const std::string answer = world.visit(
      "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" + std::string(20000, 'x'));
  REQUIRE(world.visits.size() == 1);
  CHECK(world.visits[0].method == "POST");
  CHECK(answer.starts_with("HTTP/1.1 405 "));
  CHECK(has(answer, "\r\nAllow: GET\r\n"));
}

TEST_CASE("a request over the limit is refused, and one below it is not") {
  ListenerFixture world;
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
  ListenerFixture world;
  const RawVisitor silent(world.listener->port());
  const RawVisitor half(world.listener->port());
  half.say("GET / HT");
  const std::string answer = world.visit("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(answer.starts_with("HTTP/1.1 200 "));
  CHECK(world.visits.size() == 1);
}

TEST_CASE("a silent visitor is let go after its time") {
  ListenerFixture world;
  RawVisitor silent(world.listener->port());
  world.run_until([&] { return silent.ended(); }, 20s);
}

TEST_CASE("only this machine reaches it, a taken port says so, and a freed one is had again") {
  ListenerFixture world;
  const std::uint16_t port = world.listener->port();
  // All of 127.0.0.0/8 is this machine, and only one address of it is listened on.
  CHECK_FALSE(RawVisitor(port, "127.0.0.2").connected());
  const auto answer = [](const HttpVisit&) { return HttpPage{}; };
  const auto taken = world.listening.listen(port, answer);
  REQUIRE_FALSE(taken);
  CHECK(taken.error().trouble == Trouble::kBusy);
  CHECK(has(taken.error().what, std::to_string(port)));
  world.visit("GET / HTTP/1.1\r\nHost: x\r\n\r\n");  // the server closes: it lingers on our side
  world.listener.reset();
  CHECK(world.listening.listen(port, answer));
}

TEST_CASE("a closed listener tells nothing more") {
  ListenerFixture world;
  RawVisitor visitor(world.listener->port());
  visitor.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  world.run_until([&] { return !world.visits.empty(); });
  const int told = world.after;
  world.listener.reset();
  world.run_for(20ms);
  CHECK(world.after == told);
}
