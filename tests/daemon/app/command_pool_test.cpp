// Whatever may run a command of the operator's does it where nobody waits for a name, for mail or
// for the ledger.
#include <catch2/catch.hpp>
#include <set>

#include "daemon/app/application.h"
#include "daemon/app/login_hook.h"
#include "tests/support/fixed_random.h"
#include "tests/support/log_probe.h"
#include "tests/support/memory_files.h"
#include "tests/support/scripted_http.h"
#include "tests/support/sim_network.h"
#include "tests/support/sim_workers.h"
#include "tests/support/sim_world.h"

namespace imapkeep {
namespace {

/// Knows on which kind of strand work is under way.
class WatchedWorkers final : public Workers {
 public:
  explicit WatchedWorkers(SimWorld& time) : workers_(time) {}
  std::unique_ptr<Strand> strand(PoolKind kind) override {
    return std::make_unique<WatchedStrand>(workers_.strand(kind), kind, now);
  }
  std::optional<PoolKind> now;

 private:
  class WatchedStrand final : public Strand {
   public:
    WatchedStrand(std::unique_ptr<Strand> strand, PoolKind kind, std::optional<PoolKind>& now)
        : strand_(std::move(strand)), kind_(kind), now_(now) {}
    Operation run(std::function<void()> work, std::function<void()> done) override {
      return strand_->run(watched(std::move(work)), std::move(done));
    }
    void post(std::function<void()> work) override { strand_->post(watched(std::move(work))); }

   private:
    std::function<void()> watched(std::function<void()> work) {
      return [this, work = std::move(work)] {
        now_ = kind_;
        work();
        now_.reset();
      };
    }
    std::unique_ptr<Strand> strand_;
    PoolKind kind_;
    std::optional<PoolKind>& now_;
  };

  SimWorkers workers_;
};

class Programs final : public Process {
 public:
  explicit Programs(WatchedWorkers& workers) : workers_(workers) {}
  Result<std::string> output_of(const std::vector<std::string>& argv, Duration) override {
    ran.insert(argv.back());
    where.insert(workers_.now);
    return std::string("swordfish\n");
  }
  std::set<std::string> ran;
  std::set<std::optional<PoolKind>> where;

 private:
  WatchedWorkers& workers_;
};

SecretOptions from_command(const std::string& name) { return SecretCommand{{"say", name}}; }

}  // namespace

TEST_CASE("passwords, client secrets and hooks run among commands") {
  SimWorld time;
  SimNetwork network{time};
  MemoryDisk disk;
  FixedRandom random;
  LogProbe log;
  WatchedWorkers workers{time};
  ScriptedHttp http{time};
  Programs programs{workers};
  ProcessEnvironment environment;
  environment.variable = [](const std::string&) { return std::nullopt; };
  environment.real_path = [](const std::string& path) { return path; };
  environment.working_directory = "/";
  const Ports ports{environment, time, random, disk, programs, time, workers, network, http};

  AccountSettings by_password;
  by_password.name = "work";
  by_password.auth.proof = from_command("password");
  AccountSettings by_client;
  by_client.name = "home";
  OAuthOptions oauth;
  oauth.flow = OAuthFlow::kClientCredentials;
  oauth.endpoints.token = "https://as.example/token";
  oauth.client.id = "client";
  oauth.client.secret = from_command("client's secret");
  by_client.auth.proof = oauth;
  Settings settings;
  settings.state = "/state";
  settings.accounts = {by_password, by_client};

  const auto application = Application::open(ports, settings, log.log());
  if (!application) FAIL(application.error().what);
  std::vector<Operation> asking;
  for (const auto& account : (*application)->accounts)
    asking.push_back(account->credentials->get([](const Result<Credentials>&) {}));
  LoginHook hook(ports, log.log());
  hook.run({"hook"}, "home", "it was revoked");
  time.advance(std::chrono::seconds(1));
  CHECK(programs.ran == std::set<std::string>{"password", "client's secret", "hook"});
  CHECK(programs.where == std::set<std::optional<PoolKind>>{PoolKind::kCommands});
}

}  // namespace imapkeep
