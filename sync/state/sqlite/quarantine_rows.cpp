#include "sync/state/sqlite/quarantine_rows.h"

namespace imapkeep {

Result<std::vector<QuarantinedMessage>> quarantine_rows(Database& database, AccountId account) {
  std::vector<QuarantinedMessage> found;
  Query row = database.query(
      "SELECT folder, uid_validity, uid, reason, attempts, since_ms FROM quarantine"
      " WHERE account = ? ORDER BY folder, uid_validity, uid",
      account.value);
  while (row.next()) {
    found.push_back({{FolderId{row.u32(0)}, UidValidity{row.u32(1)}, Uid{row.u32(2)}},
                     row.string(3),
                     row.u32(4),
                     row.i64(5)});
  }
  if (auto status = row.status(); !status) return status.error();
  return found;
}

Result<bool> put_quarantine(Database& database, AccountId account, const QuarantineRecord& record) {
  const MessageKey& key = record.key;
  auto changed = database.run(
      "UPDATE quarantine SET reason = ?"
      " WHERE account = ? AND folder = ? AND uid_validity = ? AND uid = ?",
      record.reason, account.value, key.folder.value, key.uid_validity.value, key.uid.value);
  if (!changed) return changed.error();
  if (database.changes() > 0) return false;
  auto kept = database.run(
      "INSERT INTO quarantine (account, folder, uid_validity, uid, reason, attempts, since_ms)"
      " VALUES (?, ?, ?, ?, ?, 1, ?)",
      account.value, key.folder.value, key.uid_validity.value, key.uid.value, record.reason,
      record.at_ms);
  if (!kept) return kept.error();
  return true;
}

Result<bool> end_quarantine(Database& database, AccountId account, const MessageKey& key) {
  auto ended = database.run(
      "DELETE FROM quarantine WHERE account = ? AND folder = ? AND uid_validity = ? AND uid = ?",
      account.value, key.folder.value, key.uid_validity.value, key.uid.value);
  if (!ended) return ended.error();
  return database.changes() > 0;
}

Result<std::int64_t> end_quarantines(Database& database, AccountId account, FolderId folder) {
  auto ended = database.run("DELETE FROM quarantine WHERE account = ? AND folder = ?",
                            account.value, folder.value);
  if (!ended) return ended.error();
  return database.changes();
}

Result<Done> count_attempts(Database& database, AccountId account,
                            const std::vector<MessageKey>& keys) {
  auto transaction = Transaction::begin(database);
  if (!transaction) return transaction.error();
  for (const MessageKey& key : keys) {
    auto counted = database.run(
        "UPDATE quarantine SET attempts = attempts + 1"
        " WHERE account = ? AND folder = ? AND uid_validity = ? AND uid = ?",
        account.value, key.folder.value, key.uid_validity.value, key.uid.value);
    if (!counted) return counted;
  }
  return transaction->commit();
}

}  // namespace imapkeep
