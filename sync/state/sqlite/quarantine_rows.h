// Messages that are owed and not had, as rows.
#pragma once

#include <vector>

#include "sync/state/ledger.h"
#include "sync/state/sqlite/sqlite_database.h"

namespace imapkeep {

/// In the order of their keys.
Result<std::vector<QuarantinedMessage>> quarantine_rows(Database& database, AccountId account);

/// A first failure, or another reason for a known one, which keeps its date and its attempts. Tells
/// whether it is new.
Result<bool> put_quarantine(Database& database, AccountId account, const QuarantineRecord& record);
/// Tells whether there was one.
Result<bool> end_quarantine(Database& database, AccountId account, const MessageKey& key);
/// Nothing is owed of a folder that is gone. Tells how many there were.
Result<std::int64_t> end_quarantines(Database& database, AccountId account, FolderId folder);

Result<Done> count_attempts(Database& database, AccountId account,
                            const std::vector<MessageKey>& keys);

}  // namespace imapkeep
