// What the last pass left to be said by `status` beside numbers, as rows: folders that it owes, and
// what the operator's choice of folders leaves out, each with the pass that said it first. A pass
// that has nothing new to say writes none.
#pragma once

#include <map>
#include <string>

#include "sync/state/ledger.h"
#include "sync/state/sqlite/sqlite_database.h"

namespace imapkeep {

/// In the place of the account's rows, as far as the summary says anything. Inside a transaction.
Result<Done> put_remarks(Database& database, AccountId account, const PassSummary& summary);

/// Into `summary`, whose `left_out` is then there.
Result<Done> read_remarks(Database& database, AccountId account, PassSummary& summary);

/// Since when a folder is left out, by the name that is shown.
Result<std::map<std::string, std::int64_t>> left_out_since(Database& database, AccountId account);

}  // namespace imapkeep
