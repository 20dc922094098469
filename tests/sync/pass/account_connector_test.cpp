// One connection for an account: in its turn, with the credentials that there are, and once more
// where another try need not suffer from the same.
#include "sync/pass/account_connector.h"

#include <catch2/catch.hpp>

#include "tests/sync/pass/mirror_world.h"

using namespace imapkeep;
using std::chrono::seconds;

namespace {

struct Bench {
  MirrorWorld world;
  std::unique_ptr<AccountConnector> connector;
  Operation operation;
  std::optional<Result<std::unique_ptr<imap::SourceConnection>>> connected;

  void start(bool compress = true) {
    connector = std::make_unique<AccountConnector>(
        AccountConnector::Deps{
            {world.network, world.time, world.time, world.random, world.log.log()},
            world.credentials,
            world.gate},
        world.server_options, compress);
    operation = connector->start([this](Result<std::unique_ptr<imap::SourceConnection>> done) {
      connected = std::move(done);
    });
  }
  bool is_open() {
    (void)world.time.run_until([this] { return connected.has_value(); }, std::chrono::minutes(5));
    return connected && *connected && **connected != nullptr;
  }
  void offer_tokens() {
    world.server.capabilities.insert("AUTH=XOAUTH2");
    world.credentials.is_token = true;
    world.server.password = "token-1";
  }
};

}  // namespace

TEST_CASE("connector: a login that goes through is told to whoever gave the credentials") {
  Bench bench;
  bench.start();
  REQUIRE(bench.is_open());
  CHECK(bench.world.credentials.accepted_times == 1);
  CHECK(bench.connector->used()->user == "me");
  CHECK(bench.connector->used()->secret.reveal().empty());
}

TEST_CASE("connector: a wrong password is tried once") {
  Bench bench;
  bench.world.credentials.password = "wrong";
  bench.start();
  CHECK_FALSE(bench.is_open());
  CHECK(bench.connected->error().trouble == Trouble::kLogin);
  CHECK(bench.world.server.connections() == 1);
  CHECK(bench.world.credentials.accepted_times == 0);
  CHECK(bench.connector->used());
  CHECK_FALSE(bench.connector->took_another_token());
}

TEST_CASE("connector: without credentials no connection is made") {
  Bench bench;
  bench.world.credentials.unreadable = true;
  bench.start();
  CHECK_FALSE(bench.is_open());
  CHECK(bench.world.server.connections() == 0);
  CHECK_FALSE(bench.connector->used());
}

TEST_CASE("connector: a token that has ended is followed by another") {
  Bench bench;
  bench.offer_tokens();
  bench.world.server.password = "token-3";
  bench.start();
  REQUIRE(bench.is_open());
  CHECK(bench.world.server.connections() == 3);
  CHECK(bench.connector->used()->generation == 3);
  CHECK(bench.connector->took_another_token());
  CHECK_FALSE(bench.connector->took_another_token());
}

TEST_CASE("connector: a token's refusal stands where there is no other") {
  Bench bench;
  bench.offer_tokens();
  bench.world.credentials.is_final = true;
  bench.world.server.password = "token-9";
  bench.start();
  CHECK_FALSE(bench.is_open());
  CHECK(bench.connected->error().trouble == Trouble::kLogin);
  CHECK(bench.world.server.connections() == 1);
}

TEST_CASE("connector: a server that hangs up at a token has said nothing of it yet") {
  Bench bench;
  bench.offer_tokens();
  bench.world.server.password = "token-9";
  bench.world.server.refuses_token = "cut";
  bench.start();
  CHECK_FALSE(bench.is_open());
  CHECK(bench.connector->is_unanswered());
  CHECK(bench.world.server.connections() == 1);
}

TEST_CASE("connector: COMPRESS that breaks is left out, and the host is remembered for it") {
  Bench bench;
  bench.world.server_options.compress = true;
  bench.world.server.capabilities.insert("COMPRESS=DEFLATE");
  bench.world.server.compress_ends_with = "cut";
  SECTION("where it is wanted") {
    bench.start();
    REQUIRE(bench.is_open());
    // It may be lost only behind the login; whoever holds it asks for the cure then.
    const std::string place = "imap.example.org:993";
    if (bench.world.server.connections() == 2) CHECK_FALSE(bench.world.gate.may_compress(place));
  }
  SECTION("where it is not, it is not tried") {
    bench.start(false);
    REQUIRE(bench.is_open());
    CHECK(bench.world.server.count("COMPRESS") == 0);
  }
}

TEST_CASE("connector: each waits for its turn at the host") {
  Bench bench;
  std::vector<Operation> others;
  for (int i = 0; i < 20; ++i) {
    others.push_back(bench.world.gate.enter("imap.example.org", [](const Result<Done>&) {}));
  }
  bench.start();
  bench.world.time.advance(std::chrono::milliseconds(500));
  CHECK(bench.world.server.connections() == 0);
  CHECK(bench.is_open());
}

TEST_CASE("connector: cancelled, it leaves the server alone") {
  Bench bench;
  bench.start();
  bench.operation.cancel();
  bench.world.time.advance(seconds(5));
  CHECK(bench.world.server.logins() == 0);
  CHECK_FALSE(bench.connected);
}
