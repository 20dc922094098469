// Bodies that are larger than what is kept of them, against a real server on loopback.
#include "daemon/io/http_transfer.h"

#include <sys/socket.h>

#include <atomic>
#include <cstring>
#include <fstream>
#include <optional>
#include <thread>

#include "tests/daemon/io/loop_fixture.h"
#include "tests/daemon/io/test_authority.h"
#include "tests/support/sanitized.h"

using namespace imapkeep;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t kMega = 1024 * 1024;
constexpr std::uint64_t kHundred = 100 * kMega;

/// The bytes from `at` on of a text without end; at most 64 KiB of it.
std::string_view pattern(std::uint64_t at, std::size_t most) {
  constexpr std::size_t kPeriod = 251;
  static const std::string table = [] {
    std::string made;
    for (std::size_t i = 0; i < 64 * 1024 + kPeriod; ++i) made += static_cast<char>(i % kPeriod);
    return made;
  }();
  return std::string_view(table).substr(at % kPeriod, std::min<std::size_t>(most, 64 * 1024));
}

class PatternSource final : public HttpSource {
 public:
  explicit PatternSource(std::uint64_t size) : size_(size) {}
  [[nodiscard]] std::uint64_t size() const override { return size_; }
  Result<std::size_t> read(char* into, std::size_t most) override {
    if (before_read) before_read();
    if (given >= fails_at) return store_error("the disk is gone");
    if (given >= pauses_at) {
      ++pauses;
      return std::size_t{0};
    }
    const std::string_view piece = pattern(given, most);
    std::memcpy(into, piece.data(), piece.size());
    given += piece.size();
    return piece.size();
  }
  void on_ready(std::function<void()> call) override { ready = std::move(call); }

  std::uint64_t given = 0;
  std::uint64_t fails_at = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t pauses_at = std::numeric_limits<std::uint64_t>::max();
  int pauses = 0;
  std::function<void()> ready;
  std::function<void()> before_read;

 private:
  std::uint64_t size_;
};

class PatternSink final : public HttpSink {
 public:
  Result<Done> begin(const HttpAnswer& answer) override {
    CHECK(taken == 0);
    heads.push_back(answer);
    if (refuses_head) return store_error("that is not what was asked for");
    return Done{};
  }
  Result<Next> write(ByteView bytes) override {
    for (std::size_t at = 0; at < bytes.size();) {
      const std::string_view right = pattern(taken + at, bytes.size() - at);
      if (right != bytes.substr(at, right.size())) is_right = false;
      at += right.size();
    }
    taken += bytes.size();
    if (after_write) after_write();
    if (taken >= fails_at) return store_error("the disk is full");
    if (taken < pauses_at) return Next::kMore;
    ++pauses;
    return Next::kPause;
  }
  void on_ready(std::function<void()> call) override { ready = std::move(call); }

  std::vector<HttpAnswer> heads;
  std::uint64_t taken = 0;
  bool is_right = true;
  bool refuses_head = false;
  std::uint64_t fails_at = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t pauses_at = std::numeric_limits<std::uint64_t>::max();
  int pauses = 0;
  std::function<void()> ready;
  std::function<void()> after_write;
};

/// What this process holds in memory, in bytes.
std::uint64_t resident() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t all = 0;
  std::uint64_t pages = 0;
  file >> all >> pages;
  return pages * 4096;
}

struct TransferFixture : LoopFixture {
  std::unique_ptr<CurlHttpTransfer> client = std::make_unique<CurlHttpTransfer>(loop, timers);
  std::optional<Result<HttpAnswer>> result;
  Operation operation;

  static HttpTransferRequest to(const TestServer& server, std::string method = "GET") {
    HttpTransferRequest request;
    request.method = std::move(method);
    request.url = "http://127.0.0.1:" + std::to_string(server.port()) + "/bucket/key?secret=1";
    return request;
  }
  void start(HttpTransferRequest request, HttpSource* source, HttpSink* sink) {
    result.reset();
    operation = client->start(std::move(request), source, sink,
                              [this](Result<HttpAnswer> got) { result.emplace(std::move(got)); });
    CHECK_FALSE(result);  // never inside the call
  }
  Result<HttpAnswer> run(HttpTransferRequest request, HttpSource* source, HttpSink* sink) {
    start(std::move(request), source, sink);
    run_until([&] { return result.has_value(); });
    return *result;
  }
  /// Until something that another thread changes.
  void run_until_seen(const std::function<bool()>& happened) {
    run_until([&] {
      const Operation turn = loop.defer([] {});
      return happened();
    });
  }
};

/// What a server has seen of one request.
struct Asked {
  std::string head;
  std::atomic<std::uint64_t> body = 0;
  std::atomic<std::uint64_t> sent = 0;
  std::atomic<bool> is_right = true;
};

bool read_head(TestPeer& peer, Asked& asked) {
  asked.head.clear();
  for (std::string line; (line = peer.read_line()).size() > 2; asked.head += line) continue;
  return !asked.head.empty();
}

/// Reads a body of the pattern.
void read_body(TestPeer& peer, Asked& asked, std::uint64_t size) {
  std::vector<char> buffer(64 * 1024);
  while (asked.body < size) {
    const int got = peer.read(buffer.data(), buffer.size());
    if (got <= 0) return;
    const std::string_view bytes(buffer.data(), static_cast<std::size_t>(got));
    if (pattern(asked.body, bytes.size()) != bytes) asked.is_right = false;
    asked.body += bytes.size();
  }
}

/// Writes a body of the pattern.
void write_body(TestPeer& peer, Asked& asked, std::uint64_t size) {
  while (asked.sent < size) {
    const std::string_view piece = pattern(
        asked.sent, static_cast<std::size_t>(std::min<std::uint64_t>(size - asked.sent, 65536)));
    if (!peer.write(piece)) return;
    asked.sent += piece.size();
  }
}

}  // namespace

TEST_CASE("a hundred megabytes go up while little of them is in memory") {
  TransferFixture world;
  Asked asked;
  const TestServer server([&](TestPeer& peer) {
    if (!read_head(peer, asked)) return;
    read_body(peer, asked, kHundred);
    peer.write("HTTP/1.1 200 OK\r\nETag: \"x\"\r\nContent-Length: 0\r\n\r\n");
  });
  PatternSource source(kHundred);
  // A source that has to wait for its disk now and then.
  Operation wakes;
  source.pauses_at = 10 * kMega;
  source.before_read = [&] {
    if (source.given < source.pauses_at) return;
    wakes = world.timers.after(1ms, [&] {
      source.pauses_at += 10 * kMega;
      source.ready();
    });
  };
  HttpTransferRequest request = TransferFixture::to(server, "PUT");
  request.headers = {{"Content-Type", "message/rfc822"}};
  request.authorization = Secret("AWS4-HMAC-SHA256 x");
  PatternSink sink;
  const std::uint64_t before = resident();
  world.start(std::move(request), &source, &sink);
  std::uint64_t most = 0;
  world.run_until([&] {
    most = std::max(most, resident());
    return world.result.has_value();
  });
  if (!*world.result) FAIL(world.result->error().what);
  CHECK((*world.result)->status == 200);
  CHECK((*world.result)->header("etag") == "\"x\"");
  CHECK(asked.body == kHundred);
  CHECK(asked.is_right);
  CHECK(source.pauses >= 9);
  CHECK(asked.head.starts_with("PUT /bucket/key?secret=1 HTTP/1.1\r\n"));
  CHECK(contains(asked.head, "\r\nContent-Length: 104857600\r\n"));
  CHECK(contains(asked.head, "\r\nContent-Type: message/rfc822\r\n"));
  CHECK(contains(asked.head, "\r\nAuthorization: AWS4-HMAC-SHA256 x\r\n"));
  CHECK_FALSE(contains(asked.head, "Expect:"));
  if (!kSanitized) CHECK(most - std::min(most, before) < 16 * kMega);
}

TEST_CASE("a hundred megabytes come down no faster than they are taken") {
  TransferFixture world;
  Asked asked;
  const TestServer server([&](TestPeer& peer) {
    if (!read_head(peer, asked)) return;
    peer.write(
        "HTTP/1.1 200 OK\r\nContent-Type: message/rfc822\r\nContent-Length: 104857600\r\n\r\n");
    write_body(peer, asked, kHundred);
  });
  PatternSink sink;
  sink.pauses_at = kMega;
  const std::uint64_t before = resident();
  world.start(TransferFixture::to(server), nullptr, &sink);
  world.run_until([&] { return sink.pauses == 1; });
  world.run_for(100ms);
  CHECK(sink.pauses == 1);  // nothing came while it paused
  CHECK(sink.taken < kMega + 64 * 1024);
  CHECK(asked.sent < 40 * kMega);  // the kernel's buffers, and no more
  REQUIRE(sink.heads.size() == 1);
  CHECK(sink.heads[0].status == 200);
  CHECK(sink.heads[0].header("content-type") == "message/rfc822");
  // A pause at each megabyte, ended from inside the call or later.
  std::uint64_t most = 0;
  Operation wakes;
  int resumed = 0;
  const auto next = [&] {
    sink.pauses_at += kMega;
    sink.ready();
  };
  sink.after_write = [&] {
    if (sink.taken < sink.pauses_at) return;
    if (++resumed % 2 == 0) {
      sink.ready();
      sink.pauses_at += kMega;
    } else {
      wakes = world.timers.after(1ms, next);
    }
  };
  next();
  world.run_until([&] {
    most = std::max(most, resident());
    return world.result.has_value();
  });
  if (!*world.result) FAIL(world.result->error().what);
  CHECK(sink.taken == kHundred);
  CHECK(sink.is_right);
  CHECK(resumed > 90);
  CHECK(sink.heads.size() == 1);
  if (!kSanitized) CHECK(most - std::min(most, before) < 16 * kMega);
}

TEST_CASE("a source or a sink that fails ends the exchange with its own error") {
  TransferFixture world;
  Asked asked;
  const TestServer server([&](TestPeer& peer) {
    asked.body = 0;
    asked.sent = 0;
    if (!read_head(peer, asked)) return;
    if (asked.head.starts_with("PUT")) return read_body(peer, asked, kHundred);
    peer.write("HTTP/1.1 200 OK\r\n\r\n");
    write_body(peer, asked, kHundred);
  });
  PatternSource source(10 * kMega);
  source.fails_at = kMega;
  const auto up = world.run(TransferFixture::to(server, "PUT"), &source, nullptr);
  REQUIRE_FALSE(up);
  CHECK(up.error().what == "the disk is gone");
  CHECK(up.error().trouble == Trouble::kStore);
  PatternSink sink;
  sink.fails_at = kMega;
  const auto down = world.run(TransferFixture::to(server), nullptr, &sink);
  REQUIRE_FALSE(down);
  CHECK(down.error().what == "the disk is full");
  CHECK(sink.taken < kMega + 64 * 1024);
  PatternSink choosy;
  choosy.refuses_head = true;
  const auto refused = world.run(TransferFixture::to(server), nullptr, &choosy);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().what == "that is not what was asked for");
  CHECK(choosy.taken == 0);
}

TEST_CASE("a server that ends early, in each way") {
  TransferFixture world;
  struct Row {
    const char* what;
    const char* method;
    std::uint64_t reads;  ///< of the body
    const char* answers;
    int status;  ///< 0: an error
  };
  const Row row = GENERATE(
      Row{"half a body", "GET", 0, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", 0},
      Row{"half a chunk", "GET", 0, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n",
          0},
      Row{"half a head", "GET", 0, "HTTP/1.1 200 OK\r\nContent-Le", 0},
      Row{"no answer at all", "GET", 0, "", 0},
      Row{"in the middle of what is sent", "PUT", 100'000, "", 0},
      Row{"after all was sent", "PUT", 10 * kMega, "", 0},
      Row{"with a refusal in the middle", "PUT", 100'000,
          "HTTP/1.1 403 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", 403},
      Row{"with another size", "GET", 0, "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", 404});
  CAPTURE(row.what);
  Asked asked;
  const TestServer server([&](TestPeer& peer) {
    asked.body = 0;
    if (!read_head(peer, asked)) return;
    read_body(peer, asked, row.reads);
    peer.write(row.answers);
    if (row.status == 403) {  // what is under way is read, else it would reset the answer away
      shutdown(peer.fd(), SHUT_WR);
      peer.read_all();
    }
  });
  const bool is_put = std::string_view(row.method) == "PUT";
  PatternSource source(10 * kMega);
  PatternSink sink;
  const auto answer =
      world.run(TransferFixture::to(server, row.method), is_put ? &source : nullptr, &sink);
  if (row.status != 0) {
    if (!answer) FAIL(answer.error().what);
    CHECK(answer->status == row.status);
    REQUIRE(sink.heads.size() == 1);
    CHECK(sink.heads[0].status == row.status);
    return;
  }
  REQUIRE_FALSE(answer);
  INFO(answer.error().what);
  CHECK(answer.error().trouble == Trouble::kServer);
  CHECK(answer.error().remedy == Remedy::kRetrySoon);
  CHECK_FALSE(contains(answer.error().what, "secret"));
}

TEST_CASE("interim answers and trailers are not the answer; sizes may be unknown or none") {
  TransferFixture world;
  struct Row {
    const char* answers;
    int status;
    std::uint64_t taken;
  };
  const std::string body(pattern(0, 5));
  for (const Row& row : {
           Row{"HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
               200, 5},
           Row{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n", 200, 5},
           Row{"HTTP/1.1 200 OK\r\n\r\n", 200, 5},
           Row{"HTTP/1.1 204 None\r\n\r\n", 204, 0},
       }) {
    CAPTURE(row.answers);
    Asked asked;
    const TestServer server([&](TestPeer& peer) {
      if (!read_head(peer, asked)) return;
      peer.write(row.answers);
      if (row.taken > 0) peer.write(body);
      if (contains(row.answers, "chunked")) peer.write("\r\n0\r\nX-Trailer: y\r\n\r\n");
    });
    PatternSink sink;
    const auto answer = world.run(TransferFixture::to(server), nullptr, &sink);
    if (!answer) FAIL(answer.error().what);
    CHECK(answer->status == row.status);
    CHECK(answer->header("link").empty());
    CHECK(sink.taken == row.taken);
    CHECK(sink.is_right);
    CHECK(sink.heads.size() == 1);
  }
}

TEST_CASE("methods, and what is sent of nothing") {
  TransferFixture world;
  Asked asked;
  const TestServer server([&](TestPeer& peer) {
    asked.body = 0;
    if (!read_head(peer, asked)) return;
    if (contains(asked.head, "Content-Length: 5\r\n")) read_body(peer, asked, 5);
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
    if (!asked.head.starts_with("HEAD")) peer.write(pattern(0, 5));
  });
  PatternSource none(0);
  PatternSource five(5);
  struct Row {
    const char* method;
    HttpSource* source;
    const char* length;
  };
  for (const Row& row :
       {Row{"GET", nullptr, ""}, Row{"HEAD", nullptr, ""}, Row{"DELETE", nullptr, ""},
        Row{"PUT", &none, "Content-Length: 0\r\n"}, Row{"POST", &five, "Content-Length: 5\r\n"}}) {
    CAPTURE(row.method);
    const auto answer = world.run(TransferFixture::to(server, row.method), row.source, nullptr);
    if (!answer) FAIL(answer.error().what);
    CHECK(asked.head.starts_with(std::string(row.method) + " /bucket/key"));
    CHECK(contains(asked.head, row.length));
  }
  CHECK(five.given == 5);
}

TEST_CASE("limits: of the answer, of silence, and of the whole") {
  TransferFixture world;
  Asked asked;
  const TestServer server([&](TestPeer& peer) {
    asked.sent = 0;
    if (!read_head(peer, asked)) return;
    peer.write("HTTP/1.1 200 OK\r\n\r\n");
    write_body(peer, asked, kMega);
    peer.read_all();
  });
  PatternSink sink;
  HttpTransferRequest small = TransferFixture::to(server);
  small.most_bytes = kMega - 1;
  const auto longer = world.run(std::move(small), nullptr, &sink);
  REQUIRE_FALSE(longer);
  CHECK(contains(longer.error().what, "longer than 1048575 bytes"));
  CHECK(sink.taken < kMega);

  PatternSink silent;
  HttpTransferRequest patient = TransferFixture::to(server);
  patient.patience = 100ms;
  const auto stalled = world.run(std::move(patient), nullptr, &silent);
  REQUIRE_FALSE(stalled);
  CHECK(stalled.error().remedy == Remedy::kRetrySoon);
  CHECK(contains(stalled.error().what, "nothing was sent or received for 1 s"));
  CHECK(silent.taken == kMega);

  // A pause of our own is no silence of the server's.
  PatternSink pausing;
  pausing.pauses_at = 1;
  HttpTransferRequest whole = TransferFixture::to(server);
  whole.patience = 50ms;
  whole.deadline = 500ms;
  const auto late = world.run(std::move(whole), nullptr, &pausing);
  REQUIRE_FALSE(late);
  CHECK(contains(late.error().what, "no whole answer within 1 s"));
}

TEST_CASE(
    "a cancelled exchange is silent in each of its states, also from inside a call of its own") {
  TransferFixture world;
  Asked asked;
  std::atomic<int> state{0};
  const TestServer server([&](TestPeer& peer) {
    asked.sent = 0;
    asked.body = 0;
    state = 1;
    if (!read_head(peer, asked)) return;
    state = 2;
    if (asked.head.starts_with("PUT")) return read_body(peer, asked, kHundred);
    peer.write("HTTP/1.1 200 OK\r\n\r\n");
    state = 3;
    write_body(peer, asked, kHundred);
  });
  const auto silent = [](const Result<HttpAnswer>&) { FAIL("cancelled, and told"); };
  for (int until = 0; until <= 3; ++until) {
    CAPTURE(until);
    state = 0;
    auto sink = std::make_unique<PatternSink>();
    world.operation = world.client->start(TransferFixture::to(server), nullptr, sink.get(), silent);
    if (until > 0) world.run_until_seen([&] { return state >= until; });
    const auto ready = sink->ready;
    world.operation.cancel();
    sink.reset();
    if (ready) ready();  // too late, and harmless
    world.run_for(10ms);
  }
  SECTION("by the sink") {
    PatternSink sink;
    sink.after_write = [&] { world.operation.cancel(); };
    world.operation = world.client->start(TransferFixture::to(server), nullptr, &sink, silent);
    world.run_until([&] { return sink.taken > 0; });
    const std::uint64_t taken = sink.taken;
    world.run_for(20ms);
    CHECK(sink.taken == taken);
  }
  SECTION("by the source") {
    PatternSource source(kHundred);
    source.before_read = [&] {
      if (source.given > kMega) world.operation.cancel();
    };
    world.operation =
        world.client->start(TransferFixture::to(server, "PUT"), &source, nullptr, silent);
    world.run_until([&] { return source.given > kMega; });
    world.run_for(20ms);
    CHECK(source.given < 2 * kMega);
  }
  SECTION("by the sink, which ends the whole client") {
    PatternSink sink;
    sink.after_write = [&] { world.client.reset(); };
    world.operation = world.client->start(TransferFixture::to(server), nullptr, &sink, silent);
    world.run_until([&] { return sink.taken > 0; });
    world.run_for(20ms);
  }
  SECTION("while it pauses, with the client gone first") {
    PatternSink sink;
    sink.pauses_at = 1;
    world.operation = world.client->start(TransferFixture::to(server), nullptr, &sink, silent);
    world.run_until([&] { return sink.pauses == 1; });
    world.run_for(5ms);
    sink.ready();
    world.client.reset();
    world.run_for(20ms);
  }
}

TEST_CASE("two exchanges at once, over TLS, each with its own pace") {
  TransferFixture world;
  const Authority ca;
  const auto context =
      server_context(make_identity({"whoever", "DNS:localhost,IP:127.0.0.1"}, &ca.root));
  Asked one;
  Asked other;
  const auto serving = [&context](Asked& asked) {
    return [&](TestPeer& peer) {
      if (!peer.secure(context.get()) || !read_head(peer, asked)) return;
      peer.write("HTTP/1.1 200 OK\r\nContent-Length: 5242880\r\n\r\n");
      write_body(peer, asked, 5 * kMega);
    };
  };
  const TestServer first(serving(one));
  const TestServer second(serving(other));
  const auto request = [&](const TestServer& server) {
    HttpTransferRequest made;
    made.url = "https://localhost:" + std::to_string(server.port()) + "/";
    made.ca_file = ca.scratch / "root.pem";
    return made;
  };
  PatternSink slow;
  slow.pauses_at = 1000;
  PatternSink fast;
  int ended = 0;
  const auto count = [&](const Result<HttpAnswer>& answer) {
    if (!answer) FAIL(answer.error().what);
    ++ended;
  };
  const Operation left = world.client->start(request(first), nullptr, &slow, count);
  const Operation right = world.client->start(request(second), nullptr, &fast, count);
  world.run_until([&] { return ended == 1; });
  CHECK(fast.taken == 5 * kMega);
  CHECK(slow.taken < kMega);
  slow.pauses_at = 6 * kMega;
  slow.ready();
  world.run_until([&] { return ended == 2; });
  CHECK(slow.taken == 5 * kMega);
  CHECK(slow.is_right);
  CHECK(fast.is_right);
  HttpTransferRequest unknown = request(first);
  unknown.ca_file.clear();
  const auto refused = world.run(std::move(unknown), nullptr, &fast);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().remedy == Remedy::kNeedsOperator);
  HttpTransferRequest plain;
  plain.url = "http://example.org/";
  CHECK(world.run(std::move(plain), nullptr, nullptr).error().trouble == Trouble::kConfig);
}
