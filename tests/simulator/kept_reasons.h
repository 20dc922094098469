// With `on_expunge: remove`, what leaves is unlinked. The journal says what was kept all the same,
// and each such record must have one of the few reasons there are (docs/synchronisation.md §5):
// some message was owed at that moment, the bytes made room for others under the same key, or the
// copy that had made it a move was not there.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/simulator/sim_account.h"

namespace imapkeep::sim {

struct KeptByJournal {
  std::vector<std::string> without_reason;  ///< for people
  std::map<std::string, unsigned> times;    ///< by SHA-256, in hexadecimal
};

Result<KeptByJournal> kept_by_journal(const SimAccount& account, MemoryDisk& disk);

}  // namespace imapkeep::sim
