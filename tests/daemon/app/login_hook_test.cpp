// The operator's command: with what it is run, and what it never sees.
#include "daemon/app/login_hook.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/support/fixed_random.h"
#include "tests/support/log_probe.h"
#include "tests/support/memory_files.h"
#include "tests/support/scripted_http.h"
#include "tests/support/sim_network.h"
#include "tests/support/sim_workers.h"
#include "tests/support/sim_world.h"

namespace imapkeep {
namespace {

class CountedPrograms final : public Process {
 public:
  Result<std::string> output_of(const std::vector<std::string>& argv, Duration deadline) override {
    runs.push_back(argv);
    CHECK(deadline == Duration(std::chrono::seconds(10)));
    if (fails) return config_error("the command \"env\" ended with status 1");
    return std::string("said\n");
  }
  std::vector<std::vector<std::string>> runs;
  bool fails = false;
};

struct World {
  SimWorld time;
  SimNetwork network{time};
  MemoryDisk disk;
  FixedRandom random;
  LogProbe log;
  SimWorkers workers{time};
  ScriptedHttp http{time};
  CountedPrograms programs;
  ProcessEnvironment environment;
  LoginHook hook;

  World()
      : environment(with_secrets()),
        hook({environment, time, random, disk, programs, time, workers, network, http}, log.log()) {
  }
  static ProcessEnvironment with_secrets() {
    ProcessEnvironment environment;
    environment.variable = [](const std::string& name) -> std::optional<std::string> {
      if (name == "PATH") return "/usr/bin";
      if (name == "MAIL_PASSWORD") return "swordfish";
      return std::nullopt;
    };
    return environment;
  }
};

}  // namespace

TEST_CASE("the command learns of account and reason, and of nothing that is ours") {
  World world;
  world.hook.run({"tell", "me"}, "work", "needs login: it was revoked");
  world.time.advance(std::chrono::seconds(1));
  REQUIRE(world.programs.runs.size() == 1);
  CHECK(world.programs.runs[0] ==
        std::vector<std::string>{"env", "-i", "IMAPKEEP_EVENT=needs-login", "IMAPKEEP_ACCOUNT=work",
                                 "IMAPKEEP_WHY=needs login: it was revoked", "PATH=/usr/bin",
                                 "tell", "me"});
  CHECK(world.log.contains("told of the login that is needed"));
  CHECK_FALSE(world.log.contains("said"));
}

TEST_CASE("no command, and one that fails") {
  World world;
  world.hook.run({}, "work", "why");
  world.programs.fails = true;
  world.hook.run({"tell"}, "work", "why");
  world.hook.run({"tell"}, "home", "why");
  world.time.advance(std::chrono::seconds(1));
  CHECK(world.programs.runs.size() == 2);
  CHECK(world.log.count(LogLevel::kError) == 2);
}

}  // namespace imapkeep
