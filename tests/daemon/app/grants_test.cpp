// Who shares a keeper of tokens, and what becomes of one that nobody uses any more.
#include "daemon/app/grants.h"

#include <catch2/catch.hpp>
#include <optional>

#include "tests/support/fixed_random.h"
#include "tests/support/log_probe.h"
#include "tests/support/memory_files.h"
#include "tests/support/scripted_http.h"
#include "tests/support/sim_network.h"
#include "tests/support/sim_workers.h"
#include "tests/support/sim_world.h"

namespace imapkeep {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class NoPrograms final : public Process {
 public:
  Result<std::string> output_of(const std::vector<std::string>&, Duration) override {
    return config_error("there are none");
  }
};

struct World {
  SimWorld time;
  SimNetwork network{time};
  MemoryDisk disk;
  FixedRandom random;
  LogProbe log;
  SimWorkers workers{time};
  ScriptedHttp http{time};
  NoPrograms programs;
  ProcessEnvironment environment = nobody();
  Vault vault{disk, "/state", std::nullopt, 0};
  Grants grants{
      {environment, time, random, disk, programs, time, workers, network, http}, vault, log.log()};

  World() { disk.put("/state/lock", ""); }

  static ProcessEnvironment nobody() {
    ProcessEnvironment made;
    made.variable = [](const std::string&) { return std::nullopt; };
    made.real_path = [](const std::string& path) { return path; };
    made.working_directory = "/";
    return made;
  }

  static AccountSettings account(const std::string& name, const std::string& user) {
    OAuthOptions options;
    options.issuer = "https://as.example";
    options.endpoints.token = "https://as.example/token";
    options.client.id = "client";
    options.scope = "mail";
    AccountSettings settings;
    settings.name = name;
    settings.auth.user = user;
    settings.auth.proof = options;
    return settings;
  }
  /// Its token is an hour old.
  void log_in(const std::string& user) {
    Grant grant;
    grant.key = {"https://as.example", "client", user, "mail"};
    grant.token_endpoint = "https://as.example/token";
    grant.access_token = Secret("access-1");
    grant.refresh_token = Secret("refresh-1");
    grant.granted = grant.obtained = time.wall_now() - minutes(61);
    grant.expires = grant.obtained + minutes(60);
    grant.generation = 1;
    REQUIRE(vault.save(grant));
  }
  std::string refresh_token(const std::string& user) {
    const auto grant = vault.load(GrantKey{"https://as.example", "client", user, "mail"}.id());
    REQUIRE(grant);
    REQUIRE(*grant);
    return std::string((*grant)->refresh_token.reveal());
  }
  void renews() {
    http.will_answer(200, R"({"access_token":"access-2","refresh_token":"refresh-2"})");
  }
};

}  // namespace

TEST_CASE("accounts that agree in their options renew one token once") {
  World world;
  world.log_in("anna");
  world.log_in("berta");
  const auto work = world.grants.credentials_of(World::account("work", "anna"));
  const auto copy = world.grants.credentials_of(World::account("copy", "anna"));
  const auto other = world.grants.credentials_of(World::account("other", "berta"));
  world.renews();
  world.renews();
  int given = 0;
  std::vector<Operation> waiting;
  for (CredentialSource* source : {work.get(), copy.get(), other.get()}) {
    waiting.push_back(source->get([&](const Result<Credentials>& credentials) {
      REQUIRE(credentials);
      CHECK(credentials->secret.reveal() == "access-2");
      ++given;
    }));
  }
  world.time.advance(seconds(5));
  CHECK(given == 3);
  CHECK(world.http.asked.size() == 2);
}

TEST_CASE("all mailboxes that a client opens for itself live on one token") {
  World world;
  std::vector<std::unique_ptr<CredentialSource>> sources;
  std::vector<Operation> waiting;
  std::vector<std::string> users;
  world.disk.put("/secret", "swordfish\n");
  world.renews();
  for (const char* user : {"anna", "berta", "carla"}) {
    AccountSettings account = World::account(user, user);
    auto& options = std::get<OAuthOptions>(account.auth.proof);
    options.flow = OAuthFlow::kClientCredentials;
    options.client.secret = SecretFile{"/secret"};
    sources.push_back(world.grants.credentials_of(account));
    waiting.push_back(sources.back()->get([&](const Result<Credentials>& credentials) {
      REQUIRE(credentials);
      users.push_back(credentials->user);
    }));
  }
  world.time.advance(seconds(5));
  CHECK(users == std::vector<std::string>{"anna", "berta", "carla"});
  CHECK(world.http.asked.size() == 1);
}

TEST_CASE("a renewal under way outlives its account, and nothing stays behind it") {
  World world;
  world.log_in("anna");
  auto work = world.grants.credentials_of(World::account("work", "anna"));
  world.renews();
  auto waiting = work->get([](const Result<Credentials>&) {});
  world.time.advance(milliseconds(500));
  REQUIRE(world.http.asked.size() == 1);
  waiting.cancel();
  work.reset();
  world.grants.release_unused();
  world.time.advance(seconds(5));
  CHECK(world.refresh_token("anna") == "refresh-2");
  // Another of the same name begins with a keeper of its own, which reads the vault.
  work = world.grants.credentials_of(World::account("work", "anna"));
  std::string token;
  waiting = work->get([&](const Result<Credentials>& credentials) {
    REQUIRE(credentials);
    token = credentials->secret.reveal();
  });
  world.time.advance(seconds(5));
  CHECK(token == "access-2");
  CHECK(world.http.asked.size() == 1);
}

TEST_CASE("an account that comes back has its next renewal brought to its end, too") {
  World world;
  world.log_in("anna");
  auto work = world.grants.credentials_of(World::account("work", "anna"));
  world.renews();
  auto waiting = work->get([](const Result<Credentials>&) {});
  world.time.advance(milliseconds(500));
  waiting.cancel();
  work.reset();
  world.grants.release_unused();
  work = world.grants.credentials_of(World::account("work", "anna"));
  auto other = world.grants.credentials_of(World::account("other", "berta"));
  world.time.advance(minutes(61));
  CHECK(world.refresh_token("anna") == "refresh-2");
  world.http.will_answer(200, R"({"access_token":"access-3","refresh_token":"refresh-3"})");
  waiting = work->get([](const Result<Credentials>&) {});
  world.time.advance(milliseconds(500));
  REQUIRE(world.http.asked.size() == 2);
  waiting.cancel();
  work.reset();
  other.reset();
  world.grants.release_unused();  // the other one is finished at once
  world.time.advance(seconds(5));
  CHECK(world.refresh_token("anna") == "refresh-3");
}

TEST_CASE("the end waits for what is under way, and for nothing else") {
  World world;
  bool ended = false;
  auto ending = world.grants.finish([&](const Result<Done>&) { ended = true; });
  CHECK_FALSE(ended);
  world.time.run_due();
  CHECK(ended);

  world.log_in("anna");
  auto work = world.grants.credentials_of(World::account("work", "anna"));
  world.renews();
  auto waiting = work->get([](const Result<Credentials>&) {});
  world.time.advance(milliseconds(500));
  waiting.cancel();
  work.reset();
  world.grants.release_unused();
  ended = false;
  ending = world.grants.finish([&](const Result<Done>&) { ended = true; });
  bool other_ended = false;
  const auto other = world.grants.finish([&](const Result<Done>&) { other_ended = true; });
  auto nobody = world.grants.finish([&](const Result<Done>&) { FAIL("cancelled"); });
  world.time.advance(milliseconds(100));
  CHECK_FALSE(ended);
  CHECK_FALSE(other_ended);
  nobody.cancel();
  world.time.advance(seconds(2));
  CHECK(ended);
  CHECK(other_ended);
  CHECK(world.refresh_token("anna") == "refresh-2");
}

}  // namespace imapkeep
