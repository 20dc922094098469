#include "sync/state/sqlite/waiting_rows.h"

namespace imapkeep {

Result<std::vector<WaitingDeparture>> waiting_rows(Database& database, AccountId account) {
  std::vector<WaitingDeparture> found;
  Query row = database.query(
      "SELECT folder, uid_validity, since_ms, for_person, uids FROM waiting"
      " WHERE account = ? ORDER BY folder, uid_validity, since_ms, for_person",
      account.value);
  while (row.next()) {
    auto uids = UidSet::parse(row.string(4));
    // What cannot be read is not waited for: its absence is then seen for the first time.
    if (!uids) continue;
    found.push_back({FolderId{row.u32(0)}, UidValidity{row.u32(1)}, std::move(*uids), row.i64(2),
                     row.boolean(3)});
  }
  if (auto status = row.status(); !status) return status.error();
  return found;
}

Result<Done> put_waiting(Database& database, AccountId account,
                         const std::vector<WaitingDeparture>& waiting) {
  auto transaction = Transaction::begin(database);
  if (!transaction) return transaction.error();
  if (auto done = database.run("DELETE FROM waiting WHERE account = ?", account.value); !done) {
    return done;
  }
  for (const WaitingDeparture& one : waiting) {
    auto kept = database.run(
        "INSERT INTO waiting (account, folder, uid_validity, since_ms, for_person, uids)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        account.value, one.folder.value, one.uid_validity.value, one.since_ms, one.for_person,
        one.uids.str());
    if (!kept) return kept;
  }
  return transaction->commit();
}

}  // namespace imapkeep
