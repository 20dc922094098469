#include "daemon/io/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>

#include "daemon/io/fd.h"
#include "tests/daemon/io/scratch.h"
#include "tests/support/sim_world.h"

#include <catch2/catch.hpp>
#include <vector>

using namespace imapkeep;
using namespace std::chrono_literals;

namespace {

/// A variable of this process, put back at the end.
class Variable {
 public:
  Variable(std::string name, const std::string& value) : name_(std::move(name)) {
    setenv(name_.c_str(), value.c_str(), 1);
  }
  ~Variable() { unsetenv(name_.c_str()); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  std::string name_;
};

/// systemd's end of the socket.
class Manager {
 public:
  Manager() : fd_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  /// What was said since last asked.
  std::vector<std::string> heard() {
    std::vector<std::string> all;
    char bytes[4096];
    for (;;) {
      const ssize_t got = recv(fd_.get(), bytes, sizeof bytes, 0);
      if (got < 0) return all;
      all.emplace_back(bytes, static_cast<std::size_t>(got));
    }
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  Scratch scratch_;
  std::string path_ = scratch_ / "notify";
  Fd fd_;
};

struct World {
  SimWorld time;
  Manager manager;
  Variable socket{"NOTIFY_SOCKET", manager.path()};
  SystemdServiceManager service{time, time};
};

using Heard = std::vector<std::string>;

}  // namespace

TEST_CASE("the stages of life, each with its status") {
  World world;
  world.service.ready("3 accounts");
  CHECK(world.manager.heard() == Heard{"READY=1\nSTATUS=3 accounts"});
  world.service.feed();
  CHECK(world.manager.heard() == Heard{"WATCHDOG=1"});
  world.service.stopping("storing the last message");
  CHECK(world.manager.heard() == Heard{"STOPPING=1\nSTATUS=storing the last message"});
  world.service.trigger("the plan does not add up");
  CHECK(world.manager.heard() == Heard{"WATCHDOG=trigger\nSTATUS=the plan does not add up"});
}

TEST_CASE("a reload carries the time at which it began, and is over with ready") {
  World world;
  timespec before{};
  timespec after{};
  clock_gettime(CLOCK_MONOTONIC, &before);
  world.service.reloading();
  clock_gettime(CLOCK_MONOTONIC, &after);
  const auto heard = world.manager.heard();
  REQUIRE(heard.size() == 1);
  const std::string start = "RELOADING=1\nMONOTONIC_USEC=";
  REQUIRE(heard[0].substr(0, start.size()) == start);
  const auto at = std::stoll(heard[0].substr(start.size()));
  CHECK(at >= before.tv_sec * 1'000'000 + before.tv_nsec / 1000);
  CHECK(at <= after.tv_sec * 1'000'000 + after.tv_nsec / 1000);
  world.service.ready("as before");
  CHECK(world.manager.heard() == Heard{"READY=1\nSTATUS=as before"});
}

TEST_CASE("of many statuses one each second arrives, and always the last") {
  World world;
  for (int i = 0; i < 100; ++i) world.service.status("stored " + std::to_string(i));
  CHECK(world.manager.heard() == Heard{"STATUS=stored 0"});
  world.time.advance(999ms);
  CHECK(world.manager.heard().empty());
  world.time.advance(1ms);
  CHECK(world.manager.heard() == Heard{"STATUS=stored 99"});
  world.time.advance(1h);
  CHECK(world.manager.heard().empty());
  world.service.status("stored 99");  // known
  CHECK(world.manager.heard().empty());
  world.service.status("idle");  // long after the last: at once
  CHECK(world.manager.heard() == Heard{"STATUS=idle"});
}

TEST_CASE("a status that is taken back before it was sent is not sent") {
  World world;
  world.service.status("idle");
  world.service.status("busy");
  world.service.status("idle");
  world.time.advance(1h);
  CHECK(world.manager.heard() == Heard{"STATUS=idle"});
}

TEST_CASE("a status that waits does not come behind a stage") {
  World world;
  world.service.status("one");
  world.service.status("two");
  world.service.stopping("three");
  world.time.advance(1h);
  CHECK(world.manager.heard() == Heard{"STATUS=one", "STOPPING=1\nSTATUS=three"});
}

TEST_CASE("a stage shows a status, too: the next one waits for its second") {
  World world;
  world.service.status("one");
  world.service.status("two");
  world.time.advance(500ms);
  world.service.ready("three");
  world.time.advance(100ms);
  world.service.status("four");
  world.time.advance(899ms);
  CHECK(world.manager.heard() == Heard{"STATUS=one", "READY=1\nSTATUS=three"});
  world.time.advance(1ms);
  CHECK(world.manager.heard() == Heard{"STATUS=four"});
}

TEST_CASE("a status that dies with its timer is not missed") {
  SimWorld time;
  Manager manager;
  const Variable socket("NOTIFY_SOCKET", manager.path());
  {
    SystemdServiceManager service(time, time);
    service.status("one");
    service.status("two");
  }
  time.advance(1h);
  CHECK(manager.heard() == Heard{"STATUS=one"});
}

TEST_CASE("what a server said cannot speak to systemd") {
  World world;
  world.service.ready("folder x\nMAINPID=1\n\x1b[31m");
  const auto heard = world.manager.heard();
  REQUIRE(heard.size() == 1);
  CHECK(heard[0].find("\nMAINPID") == std::string::npos);
  CHECK(heard[0].find('\x1b') == std::string::npos);
  CHECK(heard[0].substr(0, 24) == "READY=1\nSTATUS=folder x\\");
  world.service.trigger(std::string(100'000, 'x') + "\nREADY=1");
  CHECK(world.manager.heard()[0].size() < 600);
}

TEST_CASE("the watchdog's interval is what systemd gave to this very process") {
  SimWorld time;
  const SystemdServiceManager service(time, time);
  CHECK_FALSE(service.watchdog_interval());
  const Variable interval("WATCHDOG_USEC", "30000000");
  CHECK(service.watchdog_interval() == Duration(30s));
  {
    const Variable other("WATCHDOG_PID", std::to_string(getppid()));
    CHECK_FALSE(service.watchdog_interval());
  }
  const Variable own("WATCHDOG_PID", std::to_string(getpid()));
  CHECK(service.watchdog_interval() == Duration(30s));
}

TEST_CASE("without a socket there is nobody to tell") {
  SimWorld time;
  ProcessEnvironment environment;
  std::optional<std::string> socket;
  environment.variable = [&](const std::string& name) {
    return name == "NOTIFY_SOCKET" ? socket : std::nullopt;
  };
  for (const auto& [value, systemd] : std::vector<std::pair<std::optional<std::string>, bool>>{
           {std::nullopt, false}, {"", false}, {"/run/systemd/notify", true}}) {
    socket = value;
    const auto manager = own_service_manager(environment, time, time);
    CHECK((dynamic_cast<SystemdServiceManager*>(manager.get()) != nullptr) == systemd);
  }
}
