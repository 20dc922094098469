#include "tests/auth/kept_grant.h"

using namespace imapkeep;
using std::chrono::minutes;
using std::chrono::seconds;

TEST_CASE("however many wait, one request is sent, and the rotation is durable first") {
  KeptGrant world;
  world.log_in();
  CHECK(world.get() == "access-1");
  CHECK(world.http.bodies.empty());
  world.time.advance(minutes(61));
  std::vector<std::string> told;
  std::vector<Operation> waiting;
  for (int i = 0; i < 20; ++i)
    waiting.push_back(world.keeper->get([&](const Result<AccessToken>& token) {
      told.push_back(KeptGrant::text(token));
      CHECK(world.kept().refresh_token.reveal() == "refresh-2");
    }));
  world.time.advance(seconds(5));
  CHECK(told == std::vector<std::string>(20, "access-2"));
  REQUIRE(world.http.bodies.size() == 1);
  CHECK(world.http.bodies[0].find("refresh_token=refresh-1&") != std::string::npos);
  CHECK(world.kept().previous_refresh_token.reveal() == "refresh-1");
  CHECK(world.kept().generation == 2);
  // A second life with the same vault.
  world.start();
  CHECK(world.get() == "access-2");
  CHECK(world.http.bodies.size() == 1);
}

TEST_CASE("an ended grant is asked for once, until somebody logs in") {
  KeptGrant world;
  CHECK(world.get() == "login: needs login: nobody has logged in yet");
  CHECK(world.keeper->needs_login());
  world.log_in();
  CHECK(world.get() == "access-1");
  CHECK_FALSE(world.keeper->needs_login());
  world.time.advance(minutes(61));
  world.http.refuse(400, R"({"error":"invalid_grant"})");
  for (int i = 0; i < 50; ++i) {
    CHECK(world.get().starts_with("login: needs login: "));
    world.time.advance(minutes(10));
  }
  CHECK(world.http.bodies.size() == 1);
  CHECK(world.kept().refresh_token.reveal() == "refresh-1");
  world.log_in();
  CHECK(world.get() == "access-1");
  CHECK(world.http.bodies.size() == 1);
}

TEST_CASE("trouble at the provider costs no token, and the old one is used while it lasts") {
  KeptGrant world;
  world.log_in();
  world.time.advance(minutes(50));
  world.http.refuse(503, "");
  CHECK(world.get() == "access-1");
  CHECK(world.get() == "access-1");
  CHECK(world.http.bodies.size() == 1);
  world.time.advance(minutes(11));
  world.http.refuse(400, "<html>hotel</html>");
  CHECK(world.get().starts_with("server: the token endpoint answered with status 400"));
  CHECK(world.get().starts_with("server: "));
  CHECK(world.http.bodies.size() == 2);
  world.time.advance(minutes(16));
  CHECK(world.get() == "access-4");
}

TEST_CASE("each early end of a token is one renewal, with the vault looked at first") {
  KeptGrant world;
  world.log_in();
  CHECK(world.get() == "access-1");
  for (std::uint64_t generation = 1; generation <= 10; ++generation) {
    INFO(generation);
    world.keeper->accepted(generation);
    CHECK(world.keeper->refused(generation, 0));
    CHECK(world.keeper->refused(generation, 0));
    CHECK(world.get() == "access-" + std::to_string(generation + 1));
    CHECK(world.http.bodies.size() == generation);
    CHECK(world.kept().generation == generation + 1);
  }
  // Another process was quicker.
  Grant other = world.kept();
  other.generation = 12;
  other.access_token = Secret("access-of-another");
  REQUIRE(world.vault.save(other));
  world.keeper->accepted(11);
  CHECK(world.keeper->refused(11, 0));
  CHECK(world.get() == "access-of-another");
  CHECK(world.http.bodies.size() == 10);
}

TEST_CASE("whoever is refused with new tokens too finds what others put into the vault") {
  KeptGrant world;
  world.log_in();
  CHECK(world.get() == "access-1");
  CHECK(world.keeper->refused(1, 0));
  CHECK(world.get() == "access-2");
  CHECK(world.keeper->refused(2, 1));
  CHECK(world.get() == "access-3");
  CHECK_FALSE(world.keeper->refused(3, 2));
  CHECK(world.get() == "access-3");
  CHECK(world.http.bodies.size() == 2);
  SECTION("a person has logged in") {
    world.time.advance(seconds(1));
    world.log_in();
    CHECK(world.get() == "access-1");
    CHECK(world.http.bodies.size() == 2);
    CHECK(world.keeper->refused(4, 0));
    CHECK(world.get() == "access-4");
  }
  SECTION("another process has renewed it") {
    Grant other = world.kept();
    ++other.generation;
    other.access_token = Secret("access-of-another");
    REQUIRE(world.vault.save(other));
    CHECK(world.get() == "access-of-another");
  }
  SECTION("a minute later") {
    world.time.advance(minutes(1));
    CHECK(world.keeper->refused(3, 2));
    CHECK(world.get() == "access-4");
  }
}

TEST_CASE("while the provider gives none, the vault may") {
  KeptGrant world;
  world.log_in();
  CHECK(world.get() == "access-1");
  CHECK(world.keeper->refused(1, 0));
  world.http.refuse(503, "");
  CHECK(world.get().starts_with("server: the token endpoint answered with status 503"));
  Grant other = world.kept();
  ++other.generation;
  other.access_token = Secret("access-of-another");
  REQUIRE(world.vault.save(other));
  CHECK(world.get() == "access-of-another");
  CHECK(world.http.bodies.size() == 1);
}

TEST_CASE("who stops waits for the renewal under way, and nothing secret is logged") {
  KeptGrant world;
  world.log_in();
  world.time.advance(minutes(61));
  {
    const auto nobody = world.keeper->get([](const Result<AccessToken>&) {});
    world.time.advance(std::chrono::milliseconds(500));
  }
  bool finished = false;
  const auto operation = world.keeper->finish([&](const Result<Done>&) { finished = true; });
  world.time.advance(std::chrono::milliseconds(100));
  CHECK_FALSE(finished);
  world.time.advance(seconds(2));
  CHECK(finished);
  CHECK(world.kept().refresh_token.reveal() == "refresh-2");
  for (const char* secret : {"access-", "refresh-", "client-secret"})
    CHECK_FALSE(world.log.contains(secret));
}

TEST_CASE("a client with its own key asks for another token, and nobody has to log in") {
  KeptGrant world;
  world.flow = GENERATE(OAuthFlow::kServiceAccount, OAuthFlow::kClientCredentials);
  const bool signs = world.flow == OAuthFlow::kServiceAccount;
  CHECK(world.get() == "access-2");
  CHECK_FALSE(world.keeper->needs_login());
  world.start();
  CHECK(world.get() == "access-2");  // as the vault has it
  REQUIRE(world.http.bodies.size() == 1);
  world.time.advance(minutes(61));
  CHECK(world.get() == "access-3");
  REQUIRE(world.http.bodies.size() == 2);
  const auto begins = [&](const std::string& body) {
    return body.starts_with(signs ? "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-"
                                    "bearer&assertion=assertion-"
                                  : "grant_type=client_credentials&scope=mail&");
  };
  CHECK(begins(world.http.bodies[0]));
  CHECK(begins(world.http.bodies[1]));
  CHECK((world.http.bodies[0] != world.http.bodies[1]) == signs);  // one assertion, one request
}

TEST_CASE("a delegation that is missing is told with what the administrator needs for it") {
  KeptGrant world;
  world.flow = OAuthFlow::kServiceAccount;
  world.http.refuse(401, R"({"error":"unauthorized_client","error_description":"Client is )"
                         R"(unauthorized to retrieve access tokens using this method."})");
  const std::string told = world.get();
  CHECK(told.starts_with("config: the token endpoint said unauthorized_client"));
  CHECK(told.find("Domain-wide delegation") != std::string::npos);
  CHECK(told.ends_with("its numeric id is 1234567890"));
  CHECK_FALSE(world.keeper->needs_login());
  for (int i = 0; i < 5; ++i) {
    CHECK(world.get() == told);
    world.time.advance(minutes(10));
  }
  CHECK(world.http.bodies.size() == 1);
  world.keeper->retry_now();
  CHECK(world.get() == "access-3");
}
