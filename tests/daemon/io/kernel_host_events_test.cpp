// The real kernel. Cases marked [.network] change the network and need a network namespace of their
// own; tests/daemon/io/network.sh makes one. [.clock] sets the machine's clock to what it shows,
// and is run by hand, as root: `io_tests '[.clock]'`.
#include "daemon/io/kernel_host_events.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <ctime>
#include <string>
#include <thread>
#include <vector>

#include "tests/daemon/io/loop_fixture.h"
#include "tests/support/log_probe.h"

using namespace imapkeep;
using namespace std::chrono_literals;

namespace {

struct World : LoopFixture {
  LogProbe probe;
  ClockReading shift{};
  std::unique_ptr<KernelHostEvents> host_events =
      std::make_unique<KernelHostEvents>(loop, timers, probe.log(), [this] {
        const auto now = read_clocks();
        return ClockReading{now.monotonic + shift.monotonic, now.boottime + shift.boottime,
                            now.wall + shift.wall};
      });
  std::vector<HostEvent> seen;
  Operation watching = host_events->watch([this](HostEvent what) { seen.push_back(what); });

  static void ip(const std::string& arguments) {
    INFO("ip " << arguments);
    REQUIRE(std::system(("ip " + arguments).c_str()) == 0);
  }
  /// The next one, and no other behind it.
  HostEvent next() {
    seen.clear();
    run_until([this] { return !seen.empty(); });
    run_for(400ms);
    REQUIRE(seen.size() == 1);
    return seen[0];
  }
  bool quiet() {
    seen.clear();
    run_for(600ms);
    return seen.empty();
  }
};

/// What RestrictAddressFamilies= does in a unit without AF_NETLINK. For the calling thread alone,
/// and for good.
bool forbid_netlink() {
  sock_filter steps[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_socket, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_NETLINK, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAFNOSUPPORT),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{static_cast<unsigned short>(std::size(steps)), steps};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

}  // namespace

TEST_CASE("addresses and default routes that come and go are told", "[.network]") {
  World::ip("link set lo up");
  World::ip("addr add 10.7.0.1/32 dev lo");  // there before we are
  World world;
  REQUIRE(world.probe.lines.empty());
  CHECK(world.quiet());

  World::ip("addr add 10.7.0.2/32 dev lo");
  CHECK(world.next() == HostEvent::kNetworkChanged);
  World::ip("addr change 10.7.0.1/32 dev lo valid_lft 3000 preferred_lft 3000");
  CHECK(world.quiet());
  World::ip("addr add 127.0.0.9/32 dev lo scope host");
  CHECK(world.quiet());
  World::ip("route add 10.8.0.0/16 dev lo");
  CHECK(world.quiet());
  World::ip("route add default dev lo");
  CHECK(world.next() == HostEvent::kNetworkChanged);
  World::ip("route replace default dev lo src 10.7.0.2");
  CHECK(world.next() == HostEvent::kNetworkChanged);
  World::ip("addr del 10.7.0.2/32 dev lo");  // and the route with it, without a word
  CHECK(world.next() == HostEvent::kNetworkChanged);
  World::ip("route add default dev lo src 10.7.0.1");
  CHECK(world.next() == HostEvent::kNetworkChanged);
  World::ip("link set lo down");  // the route goes, without a word
  CHECK(world.next() == HostEvent::kNetworkChanged);
  World::ip("link set lo up");
  CHECK(world.quiet());
}

TEST_CASE("a burst is told once, at its first quarter of a second", "[.network]") {
  World::ip("link set lo up");
  World world;
  CHECK(world.quiet());
  for (int i = 1; i < 20; ++i) World::ip("addr add 10.9.0." + std::to_string(i) + "/32 dev lo");
  CHECK(world.next() == HostEvent::kNetworkChanged);
}

TEST_CASE("a network that never comes to rest is told of all the same", "[.network]") {
  World::ip("link set lo up");
  World world;
  CHECK(world.quiet());
  world.seen.clear();
  for (int i = 1; i <= 15; ++i) {
    World::ip("addr add 10.9.1." + std::to_string(i) + "/32 dev lo");
    world.run_for(100ms);
  }
  CHECK(world.seen.size() >= 2);
  CHECK(world.seen.size() <= 7);
}

TEST_CASE("messages that were lost are a change, and what is true is asked again", "[.network]") {
  World::ip("link set lo up");
  World world;
  CHECK(world.quiet());
  // Nobody reads meanwhile, and the socket's buffer runs over.
  const std::string script =
      "i=0; while [ $i -lt 4000 ]; do echo \"addr add 10.10.$((i / 250)).$((i % 250 + 1))/32 dev "
      "lo\"; i=$((i + 1)); done | ip -batch -";
  REQUIRE(std::system(script.c_str()) == 0);
  CHECK(world.next() == HostEvent::kNetworkChanged);
  World::ip("addr change 10.10.3.3/32 dev lo valid_lft 3000 preferred_lft 3000");
  CHECK(world.quiet());
  World::ip("addr del 10.10.3.3/32 dev lo");
  CHECK(world.next() == HostEvent::kNetworkChanged);
}

TEST_CASE("a network that comes back after a sleep tells of both", "[.network]") {
  World::ip("link set lo up");
  World world;
  CHECK(world.quiet());
  world.shift.boottime = world.shift.wall = 8h;
  world.seen.clear();
  World::ip("addr add 10.11.0.1/32 dev lo");
  world.run_until([&] { return world.seen.size() == 2; });
  CHECK(world.seen == std::vector{HostEvent::kResumed, HostEvent::kNetworkChanged});
}

TEST_CASE("listeners may go, come and end it all while they are told", "[.network]") {
  World::ip("link set lo up");
  World world;
  CHECK(world.quiet());
  int gone = 0;
  int late = 0;
  Operation goes;
  Operation comes;
  const Operation first = world.host_events->watch([&](HostEvent) {
    goes.cancel();
    comes = world.host_events->watch([&](HostEvent) { ++late; });
  });
  goes = world.host_events->watch([&](HostEvent) { ++gone; });
  World::ip("addr add 10.12.0.1/32 dev lo");
  CHECK(world.next() == HostEvent::kNetworkChanged);
  CHECK(gone == 0);
  CHECK(late == 0);

  int behind = 0;
  const Operation ends = world.host_events->watch([&](HostEvent) { world.host_events.reset(); });
  const Operation never = world.host_events->watch([&](HostEvent) { ++behind; });
  World::ip("addr add 10.12.0.2/32 dev lo");
  world.run_until([&] { return !world.host_events; });
  world.run_for(300ms);
  CHECK(behind == 0);
}

TEST_CASE("the clock that is set is told, each time", "[.clock]") {
  World world;
  for (int i = 0; i < 2; ++i) {
    world.shift.wall += 1h;
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    REQUIRE(clock_settime(CLOCK_REALTIME, &now) == 0);
    CHECK(world.next() == HostEvent::kClockSet);
  }
}

TEST_CASE("where routing messages are forbidden, the log says so once") {
  LogProbe probe;
  bool forbidden = false;
  int told = 0;
  std::thread([&] {
    forbidden = forbid_netlink();
    if (!forbidden) return;
    LoopFixture world;
    KernelHostEvents host_events(world.loop, world.timers, probe.log());
    const Operation watching = host_events.watch([&](HostEvent) { ++told; });
    world.run_for(300ms);
  }).join();
  REQUIRE(forbidden);
  REQUIRE(probe.lines.size() == 1);
  CHECK(probe.lines[0].level == LogLevel::kInfo);
  CHECK(probe.contains("network changes are not noticed why=\"cannot listen to the kernel's"));
  CHECK(probe.contains("EAFNOSUPPORT"));
  CHECK(told == 0);
}
