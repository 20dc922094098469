// What an account's login is made of when it lives on a token, and how accounts share one.
#include "auth/oauth_credentials.h"

#include <catch2/catch.hpp>
#include <vector>

#include "tests/support/fixed_random.h"
#include "tests/support/log_probe.h"
#include "tests/support/memory_files.h"
#include "tests/support/scripted_http.h"
#include "tests/support/sim_workers.h"
#include "tests/support/sim_world.h"

namespace imapkeep {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

struct SharedGrant {
  SimWorld time;
  MemoryDisk disk;
  FixedRandom random;
  LogProbe log;
  SimWorkers workers{time};
  ScriptedHttp http{time};
  Vault vault{disk, "/state", std::nullopt, 0};
  GrantKey key{"https://as.example", "client", "anna", "mail"};
  std::unique_ptr<Strand> strand = workers.strand(PoolKind::kStore);
  std::shared_ptr<TokenKeeper> keeper;
  OAuthCredentials own{"work", "anna", "", nullptr};
  OAuthCredentials shared{"team", "team@example.org", "XOAUTH2", nullptr};

  SharedGrant() {
    disk.put("/state/lock", "");
    keeper = std::make_shared<TokenKeeper>(
        TokenKeeper::Deps{http, time, time, random, *strand, log.log()}, vault,
        [key = key](const RequestStamp&) -> Result<TokenClient> {
          TokenClient client;
          client.key = key;
          client.caller.endpoint = "https://as.example/token";
          client.caller.client_id = "client";
          return client;
        });
    own = OAuthCredentials("work", "anna", "", keeper);
    shared = OAuthCredentials("team", "team@example.org", "XOAUTH2", keeper);
  }
  void log_in() {
    Grant grant;
    grant.key = key;
    grant.access_token = Secret("access-1");
    grant.refresh_token = Secret("refresh-1");
    grant.granted = grant.obtained = time.wall_now();
    grant.expires = grant.obtained + minutes(60);
    grant.generation = 1;
    REQUIRE(vault.save(grant));
  }
  Result<Credentials> get(OAuthCredentials& credentials) {
    std::optional<Result<Credentials>> told;
    const auto operation =
        credentials.get([&](const Result<Credentials>& given) { told.emplace(given); });
    time.run_until([&] { return told.has_value(); }, minutes(5));
    REQUIRE(told);
    return *told;
  }
};

}  // namespace

TEST_CASE("a login by token") {
  SharedGrant world;
  world.log_in();
  const auto own = world.get(world.own);
  REQUIRE(own);
  CHECK(own->user == "anna");
  CHECK(own->authzid.empty());
  CHECK(own->mechanism.empty());
  CHECK(own->secret.reveal() == "access-1");
  CHECK(own->proof == Credentials::Proof::kAccessToken);
  CHECK(own->generation == 1);
  CHECK(own->expires == world.time.mono_now() + minutes(60));
  // A mailbox that is shared with her: her token, its name.
  const auto shared = world.get(world.shared);
  REQUIRE(shared);
  CHECK(shared->user == "team@example.org");
  CHECK(shared->mechanism == "XOAUTH2");
  CHECK(shared->secret.reveal() == "access-1");
  CHECK(shared->consent == own->consent);
}

TEST_CASE("who renews, renews for all accounts of the grant, and the consent stays the same") {
  SharedGrant world;
  world.log_in();
  const auto before = world.get(world.own);
  REQUIRE(before);
  world.time.advance(minutes(61));
  world.http.will_answer(200, R"({"access_token":"access-2","expires_in":3600})");
  std::vector<std::string> tokens;
  std::vector<Operation> waiting;
  for (int i = 0; i < 10; ++i) {
    waiting.push_back((i % 2 ? world.own : world.shared).get([&](const Result<Credentials>& given) {
      REQUIRE(given);
      CHECK(given->consent == before->consent);
      CHECK(given->generation == 2);
      tokens.emplace_back(given->secret.reveal());
    }));
  }
  world.time.advance(seconds(5));
  CHECK(tokens == std::vector<std::string>(10, "access-2"));
  CHECK(world.http.asked.size() == 1);
}

TEST_CASE("nobody has logged in: each account says what to do for itself") {
  SharedGrant world;
  const auto own = world.get(world.own);
  REQUIRE_FALSE(own);
  CHECK(own.error().trouble == Trouble::kLogin);
  CHECK(own.error().what == "needs login: nobody has logged in yet; run `imapkeep login work`");
  CHECK(world.own.needs_login());
  const auto shared = world.get(world.shared);
  REQUIRE_FALSE(shared);
  CHECK(shared.error().what.ends_with("run `imapkeep login team`"));
  world.log_in();
  CHECK(world.get(world.shared));
  CHECK_FALSE(world.own.needs_login());
}

TEST_CASE("a refusal is of the token that was used, and of no password") {
  SharedGrant world;
  world.log_in();
  const auto used = world.get(world.own);
  REQUIRE(used);
  Credentials password;
  CHECK_FALSE(world.own.refused(password));
  CHECK(world.own.refused(*used));
  world.http.will_answer(200, R"({"access_token":"access-2","expires_in":3600})");
  const auto next = world.get(world.shared);
  REQUIRE(next);
  CHECK(next->secret.reveal() == "access-2");
  CHECK(world.own.refused(*used));  // another is here already
  CHECK(world.http.asked.size() == 1);
}

TEST_CASE(
    "a server that hangs up on a token twice in a row has refused it, and the network has not") {
  SharedGrant world;
  world.log_in();
  const auto used = world.get(world.own);
  REQUIRE(used);
  CHECK_FALSE(world.own.unanswered(*used));
  SECTION("twice") {
    CHECK(world.own.unanswered(*used));
    world.http.will_answer(200, R"({"access_token":"access-2","expires_in":3600})");
    const auto next = world.get(world.own);
    REQUIRE(next);
    CHECK(next->generation == 2);
    CHECK_FALSE(world.own.unanswered(*next));  // another one, and the first time
  }
  SECTION("with a login in between") {
    world.own.accepted(*used);
    CHECK_FALSE(world.own.unanswered(*used));
  }
  SECTION("once on each of two accounts") { CHECK_FALSE(world.shared.unanswered(*used)); }
  SECTION("a password") {
    const Credentials password;
    CHECK_FALSE(world.own.unanswered(password));
    CHECK_FALSE(world.own.unanswered(password));
  }
  CHECK(world.http.asked.size() <= 1);
}

TEST_CASE("who has lost its rights does not have tokens renewed for ever, nor stops the others") {
  SharedGrant world;
  world.log_in();
  for (int i = 2; i < 40; ++i) {
    world.http.will_answer(
        200, R"({"access_token":"access-)" + std::to_string(i) + R"(","expires_in":3600})");
  }
  int refused_for_good = 0;
  for (int minute = 0; minute < 8 * 60; ++minute) {
    const auto mine = world.get(world.own);
    const auto theirs = world.get(world.shared);
    REQUIRE(mine);
    REQUIRE(theirs);
    world.own.accepted(*mine);
    if (!world.shared.refused(*theirs)) ++refused_for_good;
    world.time.advance(minutes(1));
  }
  CHECK(refused_for_good > 400);
  // Ten are for the age of the tokens.
  CHECK(world.http.asked.size() <= 10 + 12);
  // Tokens that end early are exchanged for the other account all the same.
  const auto mine = world.get(world.own);
  REQUIRE(mine);
  CHECK(world.own.refused(*mine));
}

TEST_CASE("trouble at the provider is no login's trouble") {
  SharedGrant world;
  world.log_in();
  world.time.advance(minutes(61));
  world.http.will_answer(503, "");
  const auto given = world.get(world.own);
  REQUIRE_FALSE(given);
  CHECK(given.error().trouble == Trouble::kServer);
  CHECK(given.error().what.find("imapkeep login") == std::string::npos);
  CHECK_FALSE(world.own.needs_login());
  // A person who wants it now need not wait for the provider's five seconds.
  world.own.retry_now();
  world.http.will_answer(200, R"({"access_token":"access-2","expires_in":3600})");
  CHECK(world.get(world.own));
}

}  // namespace imapkeep
