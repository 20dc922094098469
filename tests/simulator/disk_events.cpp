// What disks do: all stores are on one, as they mostly are.
#include <cerrno>

#include "tests/simulator/simulation.h"

namespace imapkeep::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

void ends_later(Simulation& sim) {
  sim.later(sim.chance.up_to(minutes(sim.chance.one_in(4) ? 60 : 4)), [&sim] {
    sim.log.note("the disk is itself again");
    sim.disk.no_faults();
    sim.disk.set_read_only(false);
    sim.set_store_pace(Duration(0));
  });
}

int some_errno(Simulation& sim) {
  static constexpr int kCodes[] = {ENOSPC, EIO, EROFS, EDQUOT};
  return kCodes[sim.chance.below(4)];
}

}  // namespace

std::vector<EventKind> disk_events() {
  return {
      {"the disk fails for a while", 3,
       [](Simulation& sim) {
         sim.orphans = true;
         sim.disk.fail_at(sim.chance.between(1, 40), some_errno(sim), true);
         ends_later(sim);
       }},
      {"one call of the disk fails", 5,
       [](Simulation& sim) {
         sim.orphans = true;
         sim.disk.fail_at(sim.chance.between(1, 60), some_errno(sim));
       }},
      {"the disk becomes read-only", 2,
       [](Simulation& sim) {
         sim.orphans = true;
         sim.disk.set_read_only(true);
         ends_later(sim);
       }},
      {"the disk is slow", 3,
       [](Simulation& sim) {
         sim.set_store_pace(sim.chance.up_to(milliseconds(80)));
         ends_later(sim);
       }},
  };
}

}  // namespace imapkeep::sim
