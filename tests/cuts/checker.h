// After a crash and a boot: was every promise kept? Before anything is mended: a file under its
// final name is whole; what the ledger calls stored, and what the journal says is live, is there
// with its SHA-256; the ledger is no more than what the journal says up to a place in it; what a
// finished pass had reported is not forgotten. Then one more sync makes the mirror exact, fetches
// only what the journal does not have, and the next one has nothing to do.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/cuts/process.h"

namespace imapkeep::cuts {

/// What the dead one had reached.
struct Past {
  int chapter = 0;  ///< it was about this one; all before it had been caught up with
  /// Records in the journal when ledger and store were last closed in order.
  std::uint64_t closed_records = 0;
};

/// Complaints; empty: every promise was kept.
std::vector<std::string> checker(const Place& place, const Scenario& scenario, const Past& past);

}  // namespace imapkeep::cuts
