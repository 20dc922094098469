// Port: the ledger read from outside, as it stood at one moment, without changing anything and
// without the lock of whoever writes to it. What `status` is made of, in the daemon and without
// one.
#pragma once

#include <vector>

#include "daemon/base/result.h"
#include "sync/state/ledger_report.h"

namespace imapkeep {

class LedgerReader {
 public:
  virtual ~LedgerReader() = default;
  /// By name. Blocks; any number of threads may call it. Errors (Trouble::kStore): there is no
  /// ledger, it is not one, of a later version, or damaged; kRetryLater: somebody has been writing
  /// to it for too long.
  [[nodiscard]] virtual Result<std::vector<AccountReport>> read() const = 0;
};

}  // namespace imapkeep
