#include "tests/sync/follow/keeper_world.h"

#include <stdexcept>

namespace imapkeep {

KeeperProcess::KeeperProcess(MirrorWorld& world_, std::vector<std::string> watch)
    : world(world_),
      workers(world.time),
      ledger(workers, world.time, world.state.file("ledger.sqlite")),
      store(world.disk, workers, world.time, world.random, world.log.log(),
            MaildirOptions{MirrorWorld::kRoot, 0}, world.server_options.host, world.account),
      keeper(
          {{world.network, world.time, world.time, world.random, world.log.log()},
           ledger,
           store,
           world.credentials,
           world.gate,
           world.progress,
           world.user,
           world.authzid},
          [this] { ++changes; }, world.account, world.server_options, world.options,
          std::move(watch)) {
  keeper.start();
}

KeeperProcess::~KeeperProcess() = default;

bool KeeperProcess::settle(Duration at_most) {
  return world.time.run_until([this] { return keeper.state().phase == AccountPhase::kWatching; },
                              at_most);
}

bool KeeperProcess::settle_equal(Duration at_most) {
  const MonoTime end = world.time.mono_now() + at_most;
  while (world.time.mono_now() < end) {
    world.time.advance(std::chrono::seconds(1));
    if (keeper.state().phase == AccountPhase::kWatching && world.on_disk() == world.on_server()) {
      return true;
    }
  }
  return false;
}

Duration KeeperProcess::stop() {
  const MonoTime began = world.time.mono_now();
  bool stopped = false;
  const Operation operation = keeper.stop([&](const Result<Done>&) { stopped = true; });
  if (!world.time.run_until([&] { return stopped; })) throw std::runtime_error("it never stops");
  return world.time.mono_now() - began;
}

}  // namespace imapkeep
