#include "daemon/io/curl_http_client.h"

#include <dlfcn.h>
#include <netdb.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "tests/daemon/io/test_authority.h"

using namespace imapkeep;
using namespace std::chrono_literals;

namespace {
std::atomic<bool> resolver_may_end{true};
}  // namespace

/// Takes the place of the C library's in this program: a name whose server is silent.
extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints,
                           addrinfo** found) {
  if (node != nullptr && std::string_view(node) == "slow.invalid") {
    while (!resolver_may_end) std::this_thread::sleep_for(5ms);
    return EAI_NONAME;
  }
  static const auto real =
      reinterpret_cast<decltype(&getaddrinfo)>(dlsym(RTLD_NEXT, "getaddrinfo"));
  return real(node, service, hints, found);
}

namespace {

struct HttpFixture : LoopFixture {
  Authority ca;
  std::shared_ptr<SSL_CTX> context =
      server_context(make_identity({"whoever", "DNS:localhost,IP:127.0.0.1"}, &ca.root));
  CurlHttpClient client{loop, timers};
  std::string asked;  // the whole request, once answered

  /// Reads one request and answers with these bytes.
  TestServer::Script answering(std::string bytes, bool then_wait = false) {
    return [this, bytes = std::move(bytes), then_wait](TestPeer& peer) {
      if (!peer.secure(context.get())) return;
      std::string head;
      std::size_t length = 0;
      for (std::string line; (line = peer.read_line()).size() > 2; head += line) {
        if (line.starts_with("Content-Length: ")) length = std::stoul(line.substr(16));
      }
      std::string body(length, '\0');
      for (std::size_t got = 0; got < length; ++got) peer.read(&body[got], 1);
      asked = head + body;
      peer.write(bytes);
      if (then_wait) peer.read_all();
    };
  }
  HttpRequest to(const TestServer& server, const std::string& path = "/token?secret=1") {
    HttpRequest request;
    request.url = "https://localhost:" + std::to_string(server.port()) + path;
    request.ca_file = ca.scratch / "root.pem";
    return request;
  }
  Result<HttpAnswer> fetch(HttpRequest request) {
    std::optional<Result<HttpAnswer>> answer;
    const Operation operation = client.request(
        std::move(request), [&](Result<HttpAnswer> got) { answer.emplace(std::move(got)); });
    CHECK_FALSE(answer.has_value());  // never inside the call
    run_until([&] { return answer.has_value(); });
    return std::move(*answer);
  }
};

}  // namespace

TEST_CASE("a POST is answered, and headers are told in lower case") {
  HttpFixture world;
  const TestServer server(world.answering(
      "HTTP/1.1 200 OK\r\nContent-Type:  application/json \r\nX-Two: a:b\r\nContent-Length: "
      "2\r\n\r\n{}"));
  HttpRequest request = world.to(server);
  request.method = "POST";
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  request.authorization = Secret("Basic abc");
  request.body = Secret("grant_type=x&code=y");
  const auto answer = world.fetch(std::move(request));
  if (!answer) FAIL(answer.error().what);
  CHECK(answer->status == 200);
  CHECK(answer->header("content-type") == "application/json");
  CHECK(answer->header("x-two") == "a:b");
  CHECK(answer->body.reveal() == "{}");
  CHECK(world.asked.starts_with("POST /token?secret=1 HTTP/1.1\r\n"));
  CHECK(contains(world.asked, "Content-Type: application/x-www-form-urlencoded\r\n"));
  CHECK(contains(world.asked, "Authorization: Basic abc\r\n"));
  CHECK(world.asked.ends_with("grant_type=x&code=y"));
  CHECK_FALSE(contains(world.asked, "Expect:"));
}

TEST_CASE("a status is no error, and a redirect is not followed") {
  struct Case {
    const char* answer;
    int status;
    const char* header;
    const char* value;
    const char* body;
  };
  for (const Case& item : {
           Case{"HTTP/1.1 503 Busy\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n", 503,
                "retry-after", "120", ""},
           Case{"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>",
                200, "content-type", "text/html", "<html>"},
           Case{"HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1:1/\r\nContent-Length: "
                "0\r\n\r\n",
                302, "location", "https://127.0.0.1:1/", ""},
           Case{"HTTP/1.1 103 Early\r\nEarly: 1\r\n\r\nHTTP/1.1 400 Bad\r\nDate: x\r\n"
                "Content-Length: 1\r\n\r\n-",
                400, "early", "", "-"},
           Case{"HTTP/1.1 401 No\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 401,
                "www-authenticate", "", "abc"},
       }) {
    INFO(item.answer);
    HttpFixture world;
    const TestServer server(world.answering(item.answer));
    const auto answer = world.fetch(world.to(server));
    if (!answer) FAIL(answer.error().what);
    CHECK(answer->status == item.status);
    CHECK(answer->header(item.header) == item.value);
    CHECK(answer->body.reveal() == item.body);
  }
}

TEST_CASE("an answer over the limit is an error, whether or not it says its length") {
  for (const std::string head : {"Content-Length: 3000", "X: y"}) {
    HttpFixture world;
    const TestServer server(
        world.answering("HTTP/1.1 200 OK\r\n" + head + "\r\n\r\n" + std::string(3000, 'x')));
    HttpRequest request = world.to(server);
    request.most_bytes = 2048;
    const auto answer = world.fetch(std::move(request));
    REQUIRE_FALSE(answer);
    CHECK(answer.error().remedy == Remedy::kRetrySoon);
    CHECK(contains(answer.error().what, "longer than 2 KiB"));
    CHECK_FALSE(contains(answer.error().what, "secret"));
  }
  HttpFixture world;
  const TestServer server(
      world.answering("HTTP/1.1 200 OK\r\nX: y\r\n\r\n" + std::string(2048, 'x')));
  HttpRequest request = world.to(server);
  request.most_bytes = 2048;
  CHECK(world.fetch(std::move(request)));
}

TEST_CASE("a silent server meets the deadline, before and after its handshake") {
  HttpFixture world;
  const TestServer::Script silent[] = {
      [](TestPeer& peer) { peer.read_all(); },
      world.answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", true)};
  for (const auto& script : silent) {
    const TestServer server(script);
    HttpRequest request = world.to(server);
    request.deadline = 300ms;
    const auto began = std::chrono::steady_clock::now();
    const auto answer = world.fetch(std::move(request));
    REQUIRE_FALSE(answer);
    CHECK(answer.error().trouble == Trouble::kServer);
    CHECK(answer.error().remedy == Remedy::kRetrySoon);
    CHECK_FALSE(contains(answer.error().what, "secret"));
    CHECK(std::chrono::steady_clock::now() - began < 5s);
  }
}

TEST_CASE("a certificate that proves nothing needs the operator") {
  HttpFixture world;
  const TestServer server(world.answering("HTTP/1.1 200 OK\r\n\r\n"));
  for (const std::string file : {"other.pem", ""}) {
    HttpRequest request = world.to(server);
    request.ca_file = file.empty() ? "" : world.ca.scratch / file;
    const auto answer = world.fetch(std::move(request));
    REQUIRE_FALSE(answer);
    INFO(answer.error().what);
    CHECK(answer.error().trouble == Trouble::kServer);
    CHECK(answer.error().remedy == Remedy::kNeedsOperator);
    CHECK(contains(answer.error().what, "certificate is refused"));
  }
  HttpRequest request = world.to(server);
  request.ca_file = world.ca.scratch / "garbage.pem";
  const auto answer = world.fetch(std::move(request));
  REQUIRE_FALSE(answer);
  CHECK(answer.error().remedy == Remedy::kNeedsOperator);
}

TEST_CASE("a certificate for another name is refused") {
  HttpFixture world;
  world.context = server_context(make_identity({"localhost", "DNS:example.org"}, &world.ca.root));
  const TestServer server(world.answering("HTTP/1.1 200 OK\r\n\r\n"));
  const auto answer = world.fetch(world.to(server));
  REQUIRE_FALSE(answer);
  CHECK(answer.error().remedy == Remedy::kNeedsOperator);
}

TEST_CASE("an answer that is no HTTP is the server's trouble, and to be tried again") {
  const auto bytes =
      GENERATE(as<std::string>(), "", "SSH-2.0-OpenSSH_9.2\r\n", "<html>hello</html>\r\n\r\n",
               "220 mail.example ESMTP\r\n", "HTTP/9.9 200 OK\r\n\r\n", "{\"access_token\":1}\n");
  INFO(bytes);
  HttpFixture world;
  const TestServer server(world.answering(bytes));
  const auto answer = world.fetch(world.to(server));
  REQUIRE_FALSE(answer);
  CHECK(static_cast<int>(answer.error().trouble) == static_cast<int>(Trouble::kServer));
  CHECK(static_cast<int>(answer.error().remedy) == static_cast<int>(Remedy::kRetrySoon));
}

TEST_CASE("URLs that must not be used") {
  HttpFixture world;
  for (const std::string url :
       {"http://example.org/?secret", "http://localhost.example/", "ftp://example.org/",
        "https://user:secret@example.org/", "file:///etc/passwd", "nonsense", ""}) {
    INFO(url);
    HttpRequest request;
    request.url = url;
    const auto answer = world.fetch(std::move(request));
    REQUIRE_FALSE(answer);
    CHECK(answer.error().trouble == Trouble::kConfig);
    CHECK_FALSE(contains(answer.error().what, "secret"));
  }
}

TEST_CASE("plain HTTP to a loopback address, past any proxy of the environment") {
  HttpFixture world;
  setenv("http_proxy", "http://127.0.0.1:1", 1);
  const TestServer server([](TestPeer& peer) {
    while (peer.read_line().size() > 2) continue;
    peer.write("HTTP/1.1 204 Fine\r\n\r\n");
  });
  HttpRequest request;
  // The name that stands for it, too: curl asks no resolver for that.
  const auto host = GENERATE(as<std::string>(), "127.0.0.1", "localhost", "LOCALHOST");
  request.url = "http://" + host + ":" + std::to_string(server.port()) + "/";
  const auto answer = world.fetch(std::move(request));
  unsetenv("http_proxy");
  if (!answer) FAIL(answer.error().what);
  CHECK(answer->status == 204);
}

TEST_CASE("nobody listens, and nobody knows the name") {
  HttpFixture world;
  HttpRequest request;
  request.url = "https://127.0.0.1:1/token?secret";
  const auto refused = world.fetch(request);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().remedy == Remedy::kRetrySoon);
  CHECK(contains(refused.error().what, "https://127.0.0.1:1/token: "));
  CHECK_FALSE(contains(refused.error().what, "secret"));
  request.url = "https://nobody.invalid/";
  const auto unknown = world.fetch(request);
  REQUIRE_FALSE(unknown);
  CHECK(contains(unknown.error().what, "nobody.invalid"));
}

TEST_CASE("a cancelled exchange is silent in each of its states") {
  HttpFixture world;
  std::atomic<int> state{0};
  const TestServer server([&](TestPeer& peer) {
    state = 1;  // connected
    if (!peer.secure(world.context.get())) return;
    while (peer.read_line().size() > 2) continue;
    state = 2;  // asked
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab");
    state = 3;  // half answered
    peer.read_all();
  });
  for (int until = 0; until <= 3; ++until) {
    state = 0;
    Operation operation = world.client.request(
        world.to(server), [](const Result<HttpAnswer>&) { FAIL("cancelled, and told"); });
    if (until > 0) world.run_until([&] { return state >= until; });
    operation.cancel();
    world.run_for(20ms);
  }
  // And with the client gone first.
  auto client = std::make_unique<CurlHttpClient>(world.loop, world.timers);
  state = 0;
  const Operation operation = client->request(
      world.to(server), [](const Result<HttpAnswer>&) { FAIL("cancelled, and told"); });
  world.run_until([&] { return state >= 1; });
  client.reset();
  world.run_for(20ms);
}

TEST_CASE("a handler may destroy the client") {
  HttpFixture world;
  const TestServer server(world.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
  auto client = std::make_unique<CurlHttpClient>(world.loop, world.timers);
  bool told = false;
  const Operation operation = client->request(world.to(server), [&](const Result<HttpAnswer>&) {
    client.reset();
    told = true;
  });
  world.run_until([&] { return told; });
}

TEST_CASE("a resolver that hangs holds nobody: neither a deadline nor a cancellation") {
  HttpFixture world;
  resolver_may_end = false;
  HttpRequest request;
  request.url = "https://slow.invalid/";
  request.deadline = 200ms;
  const auto began = std::chrono::steady_clock::now();
  const auto answer = world.fetch(request);
  REQUIRE_FALSE(answer);
  request.deadline = 30s;
  Operation operation =
      world.client.request(request, [](const Result<HttpAnswer>&) { FAIL("cancelled, and told"); });
  world.run_for(50ms);
  operation.cancel();
  CHECK(std::chrono::steady_clock::now() - began < 5s);
  resolver_may_end = true;
}
