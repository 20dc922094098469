// A login's grant into the vault, beneath the lock that the daemon renews it under: whoever renews
// meanwhile either ends before, or finds this one. Its generation follows the one that is there;
// one that is sealed with another key is overwritten, and a damaged file is moved aside.
#pragma once

#include <memory>

#include "auth/grant.h"
#include "auth/vault.h"
#include "daemon/base/operation.h"
#include "daemon/base/timers.h"
#include "daemon/base/workers.h"

namespace imapkeep {

/// Whether a grant could be kept now: found out before a person is asked for it. Blocks. Errors:
/// kStore, in a vault that cannot be used or on a disk that is full.
Result<Done> can_save(const Vault& vault, const std::string& id);

class GrantSaving {
 public:
  GrantSaving(Vault vault, Strand& strand, Timers& timers);

  /// Once. Durable when done. Errors: kStore; kBusy, the lock is not given back.
  [[nodiscard]] Operation start(Grant grant, Completion<Done> done);

 private:
  void try_once();
  void on_tried(const Result<Done>& tried);

  Vault vault_;
  Strand& strand_;
  Timers& timers_;
  Grant grant_;
  int tries_ = 0;
  Operation operation_;
  Pending<Done> done_;
};

}  // namespace imapkeep
