// The control server in virtual time, over a stream whose other end reads when the test says so.
#include "daemon/control/control_server.h"

#include <catch2/catch.hpp>

#include "daemon/control/control_protocol.h"
#include "tests/daemon/control/fake_handler.h"
#include "tests/support/sim_world.h"

using namespace imapkeep;
using namespace std::chrono_literals;

namespace {

/// The test's half of a FakeStream; outlives it.
struct OtherEnd {
  StreamHandler* handler = nullptr;
  std::string unsent;
  std::string read;
  bool closed = false;

  void write(const std::string& bytes) const { handler->on_bytes(bytes); }
  void read_all() {
    if (unsent.empty()) return;
    read += std::exchange(unsent, {});
    if (handler != nullptr) handler->on_sent();
  }
};

class FakeStream final : public Stream {
 public:
  explicit FakeStream(std::shared_ptr<OtherEnd> end) : end_(std::move(end)) {}
  ~FakeStream() override {
    end_->handler = nullptr;
    end_->closed = true;
  }
  FakeStream(const FakeStream&) = delete;
  FakeStream& operator=(const FakeStream&) = delete;

  void start(StreamHandler& handler) override { end_->handler = &handler; }
  void send(std::string bytes) override { end_->unsent += bytes; }
  [[nodiscard]] std::size_t unsent_bytes() const override { return end_->unsent.size(); }
  void pause() override {}
  void resume() override {}
  [[nodiscard]] Operation start_tls(TlsOptions, Completion<Done>) override { return {}; }
  [[nodiscard]] bool is_secure() const override { return false; }

 private:
  std::shared_ptr<OtherEnd> end_;
};

const std::string kSync = "{\"imapkeep\":1,\"do\":\"sync\",\"accounts\":[\"work\"]}\n";
const std::string kWatch = "{\"imapkeep\":1,\"do\":\"status\",\"watch\":true}\n";

struct Office {
  SimWorld world;
  FakeHandler handler;
  ControlServer server{world, handler};

  std::shared_ptr<OtherEnd> client(const std::string& says = "") {
    auto end = std::make_shared<OtherEnd>();
    server.accept(std::make_unique<FakeStream>(end));
    if (!says.empty()) end->write(says);
    return end;
  }
};

std::string refusal_of(const std::string& words) {
  return encode_line("imapkeep: " + words) + "{\"end\":64}\n";
}

}  // namespace

TEST_CASE("a request is served and its answers are told in order") {
  Office office;
  const auto client = office.client();
  for (const char byte : kSync) client->write(std::string(1, byte));
  REQUIRE(office.handler.count() == 1);
  CHECK(office.handler.visit(0).request.accounts == std::vector<std::string>{"work"});
  office.handler.reply().line("begins");
  office.handler.reply().out("result\n");
  client->read_all();
  office.handler.reply().end(1);
  CHECK_FALSE(client->closed);  // not before the last word was taken
  client->read_all();
  CHECK(client->closed);
  CHECK(client->read == "{\"line\":\"begins\"}\n{\"out\":\"result\\n\"}\n{\"end\":1}\n");
  CHECK(office.server.clients() == 0);
  CHECK(office.world.timers_left() == 0);
}

TEST_CASE("what is no request is answered with a sentence and 64") {
  struct Case {
    std::string says, words;
  };
  const Case cases[] = {
      {"GET /\n", "control request: it is not a JSON object"},
      {"\n", "control request: it is not a JSON object"},
      {"{\"imapkeep\":3,\"do\":\"sync\"}\n",
       "control request: this daemon speaks version 1 of the protocol and no other"},
      {"{\"imapkeep\":1,\"do\":\"dance\"}\n",
       "control request: cannot do `dance`; sync, status, reload and wake are known"},
      {std::string(70'000, 'x'), "a line is longer than 64 KiB"},
      {kSync + "x", "one request for each connection"},
  };
  for (const Case& one : cases) {
    INFO(one.says.substr(0, 100));
    Office office;
    const auto client = office.client(one.says);
    CHECK(office.handler.count() == 0);
    client->write("and more");
    client->read_all();
    CHECK(client->read == refusal_of(one.words));
    CHECK(client->closed);
  }
}

TEST_CASE("a second request ends the first") {
  Office office;
  const auto client = office.client(kSync);
  CHECK_FALSE(office.handler.visit(0).cancelled);
  client->write("x");
  CHECK(office.handler.visit(0).cancelled);
  client->read_all();
  CHECK(client->read == refusal_of("one request for each connection"));
}

TEST_CASE("a request must come within ten seconds; its answer may take a day") {
  Office office;
  const auto silent = office.client();
  const auto slow = office.client();
  slow->write("{\"imapkeep\"");
  const auto good = office.client(kSync);
  office.world.advance(9s);
  slow->write(":1,");
  CHECK(silent->unsent.empty());
  office.world.advance(1s);
  silent->read_all();
  slow->read_all();
  CHECK(silent->read == refusal_of("no request came within 10 seconds"));
  CHECK(slow->read == silent->read);
  office.world.advance(24h);
  CHECK_FALSE(good->closed);
  office.handler.reply().end(0);
  good->read_all();
  CHECK(good->closed);
}

TEST_CASE("a client that goes away takes its Operation along") {
  Office office;
  const auto client = office.client(kSync);
  const auto other = office.client(kSync);
  client->handler->on_closed(server_error("gone"));
  CHECK(client->closed);
  CHECK(office.handler.visit(0).cancelled);
  CHECK_FALSE(office.handler.visit(1).cancelled);
  const auto half = office.client("{\"imap");
  half->handler->on_closed(server_error("gone"));
  CHECK(half->closed);
  CHECK(office.server.clients() == 1);
}

TEST_CASE("of pages and progress a slow client gets the newest, of lines every one") {
  Office office;
  const auto client = office.client(kWatch);
  ControlReply& reply = office.handler.reply();
  reply.page("1");
  CHECK(client->unsent == encode_page("1"));
  reply.page("2");
  reply.progress({10, 1, 0, 0, 0});
  reply.page("3");
  reply.line("a");
  reply.progress({10, 2, 0, 0, 0});
  reply.line("b");
  CHECK(client->unsent == encode_page("1") + encode_line("a") + encode_line("b"));
  client->read_all();
  CHECK(client->unsent == encode_page("3") + encode_progress({10, 2, 0, 0, 0}));
  client->read_all();
  CHECK(client->unsent.empty());
  reply.progress({10, 3, 0, 0, 0});
  reply.page("4");
  reply.end(0);  // the last page is still worth a look, the last progress is not
  CHECK(client->unsent == encode_progress({10, 3, 0, 0, 0}) + encode_page("4") + "{\"end\":0}\n");
}

TEST_CASE("pages cost a client that never reads one page of memory") {
  Office office;
  const auto client = office.client(kWatch);
  for (int i = 0; i < 1000; ++i) office.handler.reply().page(std::string(9000, 'p'));
  CHECK(client->unsent == encode_page(std::string(9000, 'p')));
  CHECK_FALSE(client->closed);
}

TEST_CASE("a client with more than a mebibyte unread is dropped, from the loop") {
  Office office;
  const auto client = office.client(kSync);
  ControlReply& reply = office.handler.reply();
  const std::string line(1000, 'x');
  while (client->unsent.size() <= ControlServer::kMostUnsent) reply.line(line);
  CHECK_FALSE(client->closed);
  reply.line("one too many");
  CHECK_FALSE(office.handler.visit(0).cancelled);  // the handler is still on the stack
  const std::size_t unsent = client->unsent.size();
  reply.line("still on the stack");
  reply.out("still");
  reply.page("still");
  reply.progress({});
  reply.end(0);
  CHECK(client->unsent.size() == unsent);
  office.world.run_due();
  CHECK(client->closed);
  CHECK(office.handler.visit(0).cancelled);
}

TEST_CASE("one long answer is no reason to drop who reads it") {
  Office office;
  const auto client = office.client(kSync);
  const std::string text(5'000'000, 'x');
  office.handler.reply().out(text);
  office.handler.reply().end(0);
  office.world.advance(1s);
  CHECK_FALSE(client->closed);
  client->read_all();
  CHECK(client->read == encode_out(text) + "{\"end\":0}\n");
}

TEST_CASE("who does not read the end is dropped after five seconds") {
  Office office;
  const auto client = office.client(kSync);
  office.handler.reply().end(0);
  office.world.advance(4s);
  CHECK_FALSE(client->closed);
  office.world.advance(1s);
  CHECK(client->closed);
}

TEST_CASE("the thirty-third client is told that the daemon is busy") {
  Office office;
  std::vector<std::shared_ptr<OtherEnd>> clients;
  for (int i = 0; i < 32; ++i) clients.push_back(office.client(kSync));
  const auto extra = office.client();
  extra->write(kSync);
  CHECK(office.handler.count() == 32);
  extra->read_all();
  CHECK(extra->read.find("busy with 32 clients") != std::string::npos);
  CHECK(extra->read.ends_with("{\"end\":75}\n"));
  CHECK(extra->closed);
  office.handler.reply(7).end(0);  // its place is free although it has not read the end
  const auto next = office.client(kSync);
  CHECK(office.handler.count() == 33);
  // Nobody who is told that it is busy reads it: not even those pile up without end.
  for (int i = 0; i < 100; ++i) clients.push_back(office.client());
  CHECK(office.server.clients() == 64);
  CHECK(clients.back()->closed);
}

TEST_CASE("at the daemon's end every client is told, and its end is told when all have gone") {
  Office office;
  const auto served = office.client(kSync);
  const auto asking = office.client();
  bool empty = false;
  const Operation ending =
      office.server.shutdown("imapkeep: the daemon ends", [&](Result<Done>) { empty = true; });
  const auto late = office.client(kSync);
  CHECK(office.handler.count() == 1);
  CHECK(office.handler.visit(0).cancelled);
  for (const auto& client : {served, asking, late}) {
    office.world.run_due();
    CHECK_FALSE(empty);
    client->read_all();
    CHECK(client->read == "{\"line\":\"imapkeep: the daemon ends\"}\n{\"end\":75}\n");
    CHECK(client->closed);
  }
  CHECK_FALSE(empty);
  office.world.run_due();
  CHECK(empty);
}

TEST_CASE("the daemon's end does not wait for ever for who does not read") {
  Office office;
  const auto client = office.client(kSync);
  bool empty = false;
  const Operation ending = office.server.shutdown("x", [&](Result<Done>) { empty = true; });
  office.world.advance(5s);
  CHECK(empty);
  CHECK(client->closed);
  Office idle;
  bool at_once = false;
  const Operation other = idle.server.shutdown("x", [&](Result<Done>) { at_once = true; });
  CHECK_FALSE(at_once);
  idle.world.run_due();
  CHECK(at_once);
}

TEST_CASE("the server's own end is silent for the desk's replies") {
  SimWorld world;
  FakeHandler handler;
  auto server = std::make_unique<ControlServer>(world, handler);
  auto end = std::make_shared<OtherEnd>();
  server->accept(std::make_unique<FakeStream>(end));
  end->write(kSync);
  server.reset();
  CHECK(handler.visit(0).cancelled);
  CHECK(end->closed);
  CHECK(world.timers_left() == 0);
}
