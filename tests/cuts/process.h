// The process of a mirror: the daemon's own store, ledger, passes and keeper over whatever files it
// is given, against the model server in virtual time. All of it runs on one thread, so that the
// n-th call of the disk is the same in every process of the same scenario.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "daemon/base/files.h"
#include "sync/pass/account_sync.h"
#include "tests/cuts/scenario.h"
#include "tests/support/fixed_random.h"
#include "tests/support/log_probe.h"
#include "tests/support/sim_workers.h"

namespace imapkeep::cuts {

struct Place {
  Files& files;
  std::string root;   ///< of the store
  std::string state;  ///< directory of the ledger
};

/// What a ledger calls stored.
struct LedgerFacts {
  LedgerAccount account;
  std::map<MessageKey, Sha256Digest> messages;  ///< live
  std::string moved_to;                         ///< it was found unusable, and put there
};

class MirrorProcess {
 public:
  static constexpr const char* kHost = "imap.example.org";

  /// `is_dead` is asked after every event; nothing more is written behind a yes.
  explicit MirrorProcess(
      Place place, std::function<bool()> is_dead = [] { return false; });

  /// The server's part of a chapter, and then all that the mirror does about it. An error: that
  /// went wrong, or (any error) the end of the process.
  void tell(const Scenario& scenario, int chapter) { scenario.tell(chapter, server); }
  /// The server as it is in this chapter, some time later.
  void remember(const Scenario& scenario, int chapter);
  Result<Done> catch_up(const Scenario& scenario, int chapter);
  /// One pass; and as many more, minutes apart, as what is gone has to wait for. A person says yes
  /// to what waits for a person.
  SyncOutcome sync(const Scenario& scenario);
  Result<LedgerFacts> read_ledger();
  /// No daemon runs: the store is closed, and the ledger.
  [[nodiscard]] bool is_closed() const { return process_ == nullptr; }
  [[nodiscard]] std::string last_words() const;

  ~MirrorProcess();
  MirrorProcess(const MirrorProcess&) = delete;
  MirrorProcess& operator=(const MirrorProcess&) = delete;

  SimWorld time;
  SimNetwork network{time};
  ModelImapServer server{network};

 private:
  struct MirrorRun;
  struct Credentials;
  Result<Done> watch(const Scenario& scenario);
  SyncOutcome sync_once(const Scenario& scenario, bool accept_gone);
  bool waits(MirrorRun& running);
  Result<Done> end_daemon();
  bool run_until(const std::function<bool()>& done);

  Place place_;
  std::function<bool()> is_dead_;
  FixedRandom random_;
  LogProbe log_;
  std::unique_ptr<Credentials> credentials_;
  ConnectGate gate_{time, time};
  Progress progress_;
  ServerOptions server_options_;
  std::unique_ptr<MirrorRun> process_;  ///< the daemon's
  bool something_waits_ = false;        ///< to leave the mirror, after the last pass
};

}  // namespace imapkeep::cuts
