// What `status` says of mail that is stored and may not be what the server meant: sizes that were
// announced otherwise, bodies that came in two ways, and servers that number their mail anew.
#pragma once

#include <string>

#include "sync/state/ledger_report.h"

namespace imapkeep {

/// Lines for people, each ended; empty when there is nothing to say.
std::string doubt_lines(const AccountReport& report);

/// For the folder's line of the JSON; empty: nothing unusual.
std::string unusual_of(const FolderCursor& cursor);

}  // namespace imapkeep
