// Everything a mirror needs, simulated: a model server, a model disk, lanes and timers in virtual
// time, and a real ledger file. sync() is one `imapkeep sync` from start to end; the objects of a run
// die with it, as a process does, and the disk and the ledger stay.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sync/mirror/account_sync.h"
#include "sync/state/sqlite_ledger.h"
#include "sync/store/maildir_store.h"
#include "tests/support/fixed_random.h"
#include "tests/support/log_probe.h"
#include "tests/support/memory_files.h"
#include "tests/support/model_imap_server.h"
#include "tests/support/sim_network.h"
#include "tests/support/sim_workers.h"
#include "tests/support/sim_world.h"
#include "tests/support/temporary_directory.h"

namespace imapkeep {

class FixedCredentials final : public CredentialSource {
 public:
  explicit FixedCredentials(SimWorld& time) : time_(time) {}
  Operation get(Completion<Credentials> done) override {
    Pending<Credentials> pending(std::move(done));
    timer_ = time_.after(Duration(0), [this, pending] {
      pending.complete(Credentials{"me", "", Secret(password)});
    });
    return pending.operation();
  }
  std::string password = "secret";

 private:
  SimWorld& time_;
  Operation timer_;
};

/// A message as people count: folder path, letters, bytes.
struct SeenMessage {
  std::string folder;
  std::string letters;
  std::string bytes;
  auto operator<=>(const SeenMessage&) const = default;
};
using SeenMessages = std::multiset<SeenMessage>;

class MirrorWorld {
 public:
  static constexpr const char* kRoot = "/mail";

  MirrorWorld();

  /// One pass to its end; the clock moves as far as it takes.
  SyncOutcome sync();
  /// One pass that is killed when `alive` says no, asked after every event.
  void sync_until(const std::function<bool()>& alive);

  /// What is in cur/ of every folder on the disk.
  [[nodiscard]] SeenMessages on_disk();
  /// What is in the kept area, without letters and day.
  [[nodiscard]] SeenMessages kept();
  /// What the server holds, under the same paths.
  [[nodiscard]] SeenMessages on_server();
  /// Files below .imapkeep/tmp and every folder's tmp.
  [[nodiscard]] std::vector<std::string> leftovers();

  SimWorld time;
  SimNetwork network{time};
  ModelImapServer server{network};
  MemoryFiles disk;
  TemporaryDirectory state;
  FixedRandom random;
  LogProbe log;
  FixedCredentials credentials{time};
  Progress progress;
  MirrorOptions options;
  ServerOptions server_options;

 private:
  struct Run;
  void collect(Directory& directory, const std::string& path, bool kept, SeenMessages& into);
};

}  // namespace imapkeep
