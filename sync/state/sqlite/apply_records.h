// The one way into the ledger: records of a journal become rows, the end of the journal and the
// cursors move with them, all in one transaction. What a record leaves behind depends on it and on
// the rows of its own key only, so that records which come again, as after a crash, change nothing.
#pragma once

#include <vector>

#include "sync/state/ledger.h"
#include "sync/state/sqlite/sqlite_database.h"

namespace imapkeep {

Result<Done> apply_records(Database& database, AccountId account,
                           const std::vector<Record>& records, JournalPosition end,
                           const std::vector<FolderCursor>& cursors);

/// Of a journal that is read again; counts the records of folders that none has named, which are
/// void.
Result<std::uint64_t> replay_records(Database& database, AccountId account,
                                     const std::vector<Record>& records, JournalPosition end);

}  // namespace imapkeep
