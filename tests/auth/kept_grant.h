// One grant with its keeper, a provider that answers as a test says, and a disk that fails when it
// is told to, in virtual time.
#pragma once

#include <catch2/catch.hpp>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "auth/token_keeper.h"
#include "tests/support/fixed_random.h"
#include "tests/support/log_probe.h"
#include "tests/support/memory_files.h"
#include "tests/support/sim_workers.h"
#include "tests/support/sim_world.h"

namespace imapkeep {

/// Answers in a second, as the test says; without a word, with the next pair of tokens.
class ScriptedProvider final : public HttpClient {
 public:
  explicit ScriptedProvider(SimWorld& time) : time_(time) {}
  Operation request(HttpRequest request, Completion<HttpAnswer> done) override {
    bodies.emplace_back(request.body.reveal());
    Pending<HttpAnswer> pending(std::move(done));
    auto timer = std::make_shared<Operation>(time_.after(takes, [this, pending] {
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
  Duration takes = std::chrono::seconds(1);

 private:
  SimWorld& time_;
};

struct KeptGrant {
  SimWorld time;
  MemoryDisk disk;
  FixedRandom random;
  LogProbe log;
  SimWorkers workers{time};
  ScriptedProvider http{time};
  Vault vault{disk, "/state", std::nullopt, 0};
  GrantKey key{"https://as.example", "client", "me", "mail"};
  OAuthFlow flow = OAuthFlow::kCode;
  bool unreadable = false;
  std::unique_ptr<Strand> strand = workers.strand(PoolKind::kStore);
  std::unique_ptr<TokenKeeper> keeper;

  KeptGrant() {
    disk.put("/state/lock", "");
    start();
  }
  void start() { start(vault); }
  void start(const Vault& with) {
    keeper = std::make_unique<TokenKeeper>(
        TokenKeeper::Deps{http, time, time, random, *strand, log.log()}, with,
        [this](const RequestStamp& stamp) -> Result<TokenClient> {
          if (unreadable) return config_error("no such file");
          TokenClient client;
          client.key = key;
          client.caller = {"https://as.example/token", "", "client", ClientProof::kSecretPost,
                           Secret("client-secret")};
          client.flow = flow;
          client.assertion = Secret("assertion-" + stamp.id);
          client.delegated_id = "1234567890";
          return client;
        });
  }
  void log_in(Duration lifetime = std::chrono::seconds(3600)) {
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
    time.run_until([&] { return !told.empty(); }, std::chrono::minutes(5));
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

}  // namespace imapkeep
