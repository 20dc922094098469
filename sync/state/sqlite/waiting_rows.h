// What waits to leave the mirror, as rows: one for each folder, generation, first sight and kind of
// wait, with its UIDs as a sequence-set. There are rows only while something waits.
#pragma once

#include <vector>

#include "sync/plan/departure_plan.h"
#include "sync/state/ledger.h"
#include "sync/state/sqlite/sqlite_database.h"

namespace imapkeep {

Result<std::vector<WaitingDeparture>> waiting_rows(Database& database, AccountId account);
/// In the place of all rows of the account.
Result<Done> put_waiting(Database& database, AccountId account,
                         const std::vector<WaitingDeparture>& waiting);

}  // namespace imapkeep
