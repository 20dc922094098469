// Folders, their counts and their cursors, as rows. The counts are those of the messages and
// quarantines that apply_records put there; nobody else writes them.
#pragma once

#include <optional>
#include <vector>

#include "sync/state/ledger.h"
#include "sync/state/sqlite/sqlite_database.h"

namespace imapkeep {

/// In the order of their ids.
Result<std::vector<LedgerFolder>> folder_rows(Database& database, AccountId account,
                                              bool with_gone);

/// Nothing when there is no such folder, or it is gone.
Result<std::optional<LedgerFolder>> folder_row(Database& database, AccountId account,
                                               FolderId folder);

/// By how much a folder's counts change.
struct FolderDelta {
  std::int64_t stored = 0;
  std::int64_t stored_bytes = 0;
  std::int64_t quarantined = 0;
};

/// A new folder, or a new name for a known one, which is there again if it was missing or gone.
Result<Done> put_folder(Database& database, AccountId account, const FolderRecord& record);
// The rest fail when there is no such folder.
Result<Done> mark_folder_gone(Database& database, AccountId account, FolderId folder);
Result<Done> add_to_folder(Database& database, AccountId account, FolderId folder,
                           const FolderDelta& delta);
Result<Done> put_cursor(Database& database, AccountId account, const FolderCursor& cursor);
Result<Done> set_missing_since(Database& database, AccountId account, FolderId folder,
                               std::int64_t at_ms);

}  // namespace imapkeep
