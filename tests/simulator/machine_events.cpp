// What happens to the whole machine: sleep, another network, a clock that is set.
#include "tests/simulator/simulation.h"

namespace imapkeep::sim {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

void move_wall(Simulation& sim, Duration by) {
  // By that clock a moment may have been hours, and what is away for hours is gone.
  for (const auto& account : sim.accounts) account->find_folders();
  sim.time.set_wall(sim.time.wall_now() + std::chrono::duration_cast<milliseconds>(by));
}

// The monotonic clock stands still meanwhile; the world goes on.
void suspend(Simulation& sim) {
  sim.network.half_open_all();
  for (std::uint64_t n = sim.chance.below(8); n > 0; --n) {
    some_mail_happens(sim, sim.any_account());
  }
  move_wall(sim, seconds(10) + sim.chance.up_to(hours(sim.chance.one_in(5) ? 72 : 8)));
  sim.later(sim.chance.up_to(seconds(5)), [&sim] { sim.tell(HostEvent::kResumed); });
}

void change_network(Simulation& sim) {
  if (sim.chance.one_in(4)) {
    sim.network.cut_all();
  } else {
    sim.network.half_open_all();
  }
  for (const auto& account : sim.accounts) account->network.refusal = server_error("no route");
  sim.later(sim.chance.up_to(seconds(1)), [&sim] { sim.tell(HostEvent::kNetworkChanged); });
  sim.later(sim.chance.up_to(seconds(sim.chance.one_in(4) ? 300 : 20)), [&sim] {
    for (const auto& account : sim.accounts) account->network.refusal.reset();
    sim.tell(HostEvent::kNetworkChanged);
  });
}

void set_clock(Simulation& sim) {
  const Duration by = sim.chance.up_to(hours(25));
  move_wall(sim, sim.chance.one_in(2) ? by : -by);
  sim.tell(HostEvent::kClockSet);
}

}  // namespace

std::vector<EventKind> machine_events() {
  return {
      {"the machine sleeps", 4, suspend},
      {"the network changes", 4, change_network},
      {"the clock is set", 3, set_clock},
      {"an upheaval that changes nothing", 2,
       [](Simulation& sim) {
         sim.tell(sim.chance.one_in(2) ? HostEvent::kResumed : HostEvent::kNetworkChanged);
       }},
  };
}

}  // namespace imapkeep::sim
