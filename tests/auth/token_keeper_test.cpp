#include "auth/token_keeper.h"

#include <catch2/catch.hpp>
#include <cerrno>
#include <deque>

#include "tests/support/fixed_random.h"
#include "tests/support/log_probe.h"
#include "tests/support/memory_files.h"
#include "tests/support/numbered_files.h"
#include "tests/support/sim_workers.h"
#include "tests/support/sim_world.h"

using namespace imapkeep;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

/// Answers in a second, as the test says; without a word, with the next pair of tokens.
class ScriptedHttp final : public HttpClient {
 public:
  explicit ScriptedHttp(SimWorld& time) : time_(time) {}
  Operation request(HttpRequest request, Completion<HttpAnswer> done) override {
    bodies.emplace_back(request.body.reveal());
    Pending<HttpAnswer> pending(std::move(done));
    auto timer = std::make_shared<Operation>(time_.after(seconds(1), [this, pending] {
      if (!answers.empty()) {
        const auto next = answers.front();
        answers.pop_front();
        return pending.complete(next);
      }
      const std::string number = std::to_string(bodies.size() + 1);
      HttpAnswer answer;
      answer.status = 200;
      answer.body = Secret(R"({"access_token":"access-)" + number + R"(","expires_in":3600,)" +
                           R"("refresh_token":"refresh-)" + number + R"("})");
      pending.complete(answer);
    }));
    return pending.operation([timer] { timer->cancel(); });
  }
  void refuse(int status, const std::string& body) {
    HttpAnswer answer;
    answer.status = status;
    answer.body = Secret(body);
    answers.push_back(answer);
  }

  std::vector<std::string> bodies;
  std::deque<HttpAnswer> answers;

 private:
  SimWorld& time_;
};

struct KeptGrant {
  SimWorld time;
  MemoryDisk disk;
  FixedRandom random;
  LogProbe log;
  SimWorkers workers{time};
  ScriptedHttp http{time};
  Vault vault{disk, "/state", std::nullopt, 0};
  GrantKey key{"https://as.example", "client", "me", "mail"};
  OAuthFlow flow = OAuthFlow::kCode;
  std::unique_ptr<Lane> lane = workers.lane(LaneKind::kStore);
  std::unique_ptr<TokenKeeper> keeper;

  KeptGrant() {
    disk.put("/state/lock", "");
    start();
  }
  void start() { start(vault); }
  void start(const Vault& with) {
    keeper = std::make_unique<TokenKeeper>(
        TokenKeeper::World{http, time, time, random, *lane, log.log()}, with,
        [this](const Occasion& occasion) -> Result<TokenClient> {
          TokenClient client;
          client.key = key;
          client.caller = {"https://as.example/token", "", "client", ClientProof::kSecretPost,
                           Secret("client-secret")};
          client.flow = flow;
          client.assertion = Secret("assertion-" + occasion.id);
          client.delegated_id = "1234567890";
          return client;
        });
  }
  void log_in(Duration lifetime = seconds(3600)) {
    Grant grant;
    grant.key = key;
    grant.access_token = Secret("access-1");
    grant.refresh_token = Secret("refresh-1");
    grant.granted = grant.obtained = time.wall_now();
    grant.expires =
        grant.obtained + std::chrono::duration_cast<std::chrono::milliseconds>(lifetime);
    const auto before = vault.load(key.id());
    grant.generation = before && *before ? (*before)->generation + 1 : 1;
    REQUIRE(vault.save(grant));
  }
  /// The token, or "trouble: sentence".
  std::string get() {
    std::string told;
    const auto operation =
        keeper->get([&](const Result<AccessToken>& token) { told = text(token); });
    time.run_until([&] { return !told.empty(); }, minutes(5));
    return told;
  }
  static std::string text(const Result<AccessToken>& token) {
    if (token) return std::string(token->token.reveal());
    const auto trouble = token.error().trouble;
    return (trouble == Trouble::kLogin    ? "login: "
            : trouble == Trouble::kConfig ? "config: "
            : trouble == Trouble::kStore  ? "store: "
            : trouble == Trouble::kBusy   ? "busy: "
                                          : "server: ") +
           token.error().what;
  }
  Grant kept() {
    const auto found = vault.load(key.id());
    REQUIRE(found);
    REQUIRE(*found);
    return **found;
  }
};

}  // namespace

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

TEST_CASE("a full disk stops the renewal before the old token is spent") {
  KeptGrant world;
  world.log_in();
  world.time.advance(minutes(61));
  world.disk.set_free(100);
  CHECK(world.get().starts_with("store: "));
  CHECK(world.http.bodies.empty());
  world.disk.set_free(1U << 30U);
  CHECK(world.get() == "access-2");
  CHECK(world.kept().refresh_token.reveal() == "refresh-2");
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

TEST_CASE("a login counts after the vault was emptied, though generations begin again with it") {
  KeptGrant world;
  world.log_in();
  world.time.advance(minutes(61));
  world.http.refuse(400, R"({"error":"invalid_grant"})");
  CHECK(world.get().starts_with("login: "));
  world.disk.remove("/state/tokens/" + world.key.id());
  world.log_in();
  REQUIRE(world.kept().generation == 1);
  CHECK(world.get() == "access-1");
  CHECK_FALSE(world.keeper->needs_login());
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

TEST_CASE("a refused token is renewed once") {
  KeptGrant world;
  world.log_in();
  CHECK(world.get() == "access-1");
  CHECK(world.keeper->refused(1));
  CHECK(world.get() == "access-2");
  CHECK_FALSE(world.keeper->refused(2));
  CHECK(world.get() == "access-2");
  CHECK(world.http.bodies.size() == 1);
}

TEST_CASE("what another process renews is used, and nobody asks beside it") {
  KeptGrant world;
  world.log_in();
  world.time.advance(minutes(61));
  auto lock = world.vault.lock(world.key.id());
  REQUIRE(lock);
  std::string told;
  const auto operation =
      world.keeper->get([&](const Result<AccessToken>& token) { told = KeptGrant::text(token); });
  world.time.advance(seconds(5));
  CHECK(told.empty());
  Grant grant = world.kept();
  grant.access_token = Secret("access-of-another");
  grant.obtained = world.time.wall_now();
  grant.expires = grant.obtained + minutes(60);
  ++grant.generation;
  REQUIRE(world.vault.save(grant));
  lock->reset();
  world.time.advance(seconds(5));
  CHECK(told == "access-of-another");
  CHECK(world.http.bodies.empty());
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
  world.keeper->hurry();
  CHECK(world.get() == "access-3");
}

TEST_CASE("nobody gets tokens that could not be kept, and they are kept as soon as that can be") {
  KeptGrant world;
  world.log_in();
  CHECK(world.get() == "access-1");
  world.time.advance(minutes(61));
  std::string told;
  auto operation =
      world.keeper->get([&](const Result<AccessToken>& token) { told = KeptGrant::text(token); });
  // The room is there and the request is out; then the disk fails.
  world.time.advance(std::chrono::milliseconds(500));
  REQUIRE(world.http.bodies.size() == 1);
  world.disk.fail_at(1, EIO, true);
  world.time.advance(seconds(5));
  CHECK(told.starts_with("store: "));
  CHECK(world.get().starts_with("store: "));
  world.disk.no_faults();
  CHECK(world.kept().refresh_token.reveal() == "refresh-1");
  CHECK(world.get() == "access-2");
  CHECK(world.kept().refresh_token.reveal() == "refresh-2");
  CHECK(world.http.bodies.size() == 1);
}

TEST_CASE("power that fails anywhere in a renewal leaves the old pair or the new one") {
  for (std::uint64_t call = 1; call < 20; ++call) {
    KeptGrant world;
    world.log_in();
    world.time.advance(minutes(61));
    world.disk.kill_at(call);
    const auto operation = world.keeper->get([](const Result<AccessToken>&) {});
    world.time.advance(seconds(10));
    world.disk.power_cut(MemoryDisk::Cut::kLoseNames);
    world.disk.reopen();
    const std::string refresh(world.kept().refresh_token.reveal());
    CHECK((refresh == "refresh-1" || refresh == "refresh-2"));
  }
}

TEST_CASE("what was prepared for a renewal is taken away under the lock, never behind it") {
  int taken_away = 0;
  for (std::uint64_t point = 1; point < 40; ++point) {
    KeptGrant world;
    world.log_in();
    world.time.advance(minutes(61));
    Points points;
    NumberedFiles numbered(world.disk, points);
    points.stop_at(point, [&] {
      if (!points.last().starts_with("unlink ") || !points.last().ends_with(".new")) return;
      ++taken_away;
      const auto lock = world.vault.lock(world.key.id());
      CHECK_FALSE(lock.has_value());
    });
    world.start(Vault(numbered, "/state", std::nullopt, 0));
    world.http.refuse(503, "");
    CHECK(world.get().starts_with("server: "));
    world.time.advance(seconds(1));
    REQUIRE(world.vault.lock(world.key.id()));
  }
  CHECK(taken_away == 2);  // what a dead process may have left, and our own
}
