// The mirror's simulated world with a daemon's keeper in it instead of a single sync.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sync/follow/account_keeper.h"
#include "tests/sync/pass/mirror_world.h"

namespace imapkeep {

/// One process: dies with everything it held; disk, ledger file and server stay.
class KeeperProcess {
 public:
  explicit KeeperProcess(MirrorWorld& world, std::vector<std::string> watch = {"INBOX"});
  ~KeeperProcess();
  KeeperProcess(const KeeperProcess&) = delete;
  KeeperProcess& operator=(const KeeperProcess&) = delete;

  /// As SIGKILL: nothing is written any more.
  void kill() { workers.crash(); }
  /// Until the account watches and nothing is under way; false when that takes longer.
  bool settle(Duration at_most = std::chrono::minutes(30));
  /// Until the mirror equals the server.
  bool settle_equal(Duration at_most = std::chrono::minutes(30));
  /// SIGTERM; how long it took.
  Duration stop();

  MirrorWorld& world;
  SimWorkers workers;
  SqliteLedger ledger;
  MaildirStore store;
  int changes = 0;
  AccountKeeper keeper;
};

}  // namespace imapkeep
