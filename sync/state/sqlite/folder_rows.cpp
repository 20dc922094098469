#include "sync/state/sqlite/folder_rows.h"

namespace imapkeep {
namespace {

const std::string kColumns =
    "SELECT id, name, encoding, delimiter, path, at_ms, gone, missing_since_ms, stored,"
    " stored_bytes, quarantined, uid_validity, uid_next, messages, highest_mod_seq, complete,"
    " token, listed_at_ms, mailbox_id, doubted_from, vain_checks, renumbered"
    " FROM folder WHERE account = ?";
const std::string kAll = kColumns + " AND gone <= ? ORDER BY id";
const std::string kOne = kColumns + " AND id = ? AND gone = 0";

LedgerFolder folder_of(const Query& row) {
  LedgerFolder folder;
  folder.record.id = FolderId{row.u32(0)};
  folder.record.name.raw = row.string(1);
  folder.record.name.encoding = row.boolean(2) ? NameEncoding::kUtf8 : NameEncoding::kUtf7;
  folder.record.delimiter = static_cast<char>(row.i64(3));
  folder.record.path = row.string(4);
  folder.record.at_ms = row.i64(5);
  folder.gone = row.boolean(6);
  folder.missing_since_ms = row.i64(7);
  folder.stored = row.u64(8);
  folder.stored_bytes = row.u64(9);
  folder.quarantined = row.u64(10);
  folder.cursor.folder = folder.record.id;
  folder.cursor.uid_validity = UidValidity{row.u32(11)};
  folder.cursor.uid_next = row.u64(12);
  folder.cursor.exists = row.u64(13);
  folder.cursor.highest_mod_seq = ModSeq{row.u64(14)};
  folder.cursor.complete = row.boolean(15);
  folder.cursor.token.bytes = row.string(16);
  folder.cursor.listed_at_ms = row.i64(17);
  folder.cursor.mailbox_id = row.string(18);
  folder.cursor.doubted_from = row.u64(19);
  folder.cursor.vain_checks = row.u32(20);
  folder.cursor.renumbered = row.u32(21);
  return folder;
}

// The journal names a folder before anything in it, so this is damage or a bug and not to be
// guessed around.
Result<Done> must_have_changed(Database& database, Result<Done> done, FolderId folder) {
  if (!done || database.changes() > 0) return done;
  return store_error("the ledger was told of folder " + std::to_string(folder.value) +
                     ", which no record has created");
}

}  // namespace

Result<std::vector<LedgerFolder>> folder_rows(Database& database, AccountId account,
                                              bool with_gone) {
  std::vector<LedgerFolder> folders;
  Query row = database.query(kAll, account.value, with_gone);
  while (row.next()) folders.push_back(folder_of(row));
  if (auto status = row.status(); !status) return status.error();
  return folders;
}

Result<std::optional<LedgerFolder>> folder_row(Database& database, AccountId account,
                                               FolderId folder) {
  Query row = database.query(kOne, account.value, folder.value);
  if (row.next()) return std::optional<LedgerFolder>(folder_of(row));
  if (auto status = row.status(); !status) return status.error();
  return std::optional<LedgerFolder>();
}

Result<Done> put_folder(Database& database, AccountId account, const FolderRecord& record) {
  return database.run(
      "INSERT INTO folder (account, id, name, encoding, delimiter, path, at_ms)"
      " VALUES (?, ?, ?, ?, ?, ?, ?)"
      " ON CONFLICT (account, id) DO UPDATE SET name = excluded.name,"
      " encoding = excluded.encoding, delimiter = excluded.delimiter, path = excluded.path,"
      " at_ms = excluded.at_ms, gone = 0, missing_since_ms = 0",
      account.value, record.id.value, Blob{record.name.raw},
      record.name.encoding == NameEncoding::kUtf8, static_cast<std::int64_t>(record.delimiter),
      record.path, record.at_ms);
}

Result<Done> mark_folder_gone(Database& database, AccountId account, FolderId folder) {
  // Nothing of it waits any more; no later pass looks at the folder, and would take that out.
  if (auto done = database.run("DELETE FROM waiting WHERE account = ? AND folder = ?",
                               account.value, folder.value);
      !done) {
    return done;
  }
  return must_have_changed(database,
                           database.run("UPDATE folder SET gone = 1 WHERE account = ? AND id = ?",
                                        account.value, folder.value),
                           folder);
}

Result<Done> add_to_folder(Database& database, AccountId account, FolderId folder,
                           const FolderDelta& delta) {
  return must_have_changed(
      database,
      database.run("UPDATE folder SET stored = stored + ?, stored_bytes = stored_bytes + ?,"
                   " quarantined = quarantined + ? WHERE account = ? AND id = ?",
                   delta.stored, delta.stored_bytes, delta.quarantined, account.value,
                   folder.value),
      folder);
}

Result<Done> put_cursor(Database& database, AccountId account, const FolderCursor& cursor) {
  return must_have_changed(
      database,
      database.run("UPDATE folder SET uid_validity = ?, uid_next = ?, messages = ?,"
                   " highest_mod_seq = ?, complete = ?, token = ?, listed_at_ms = ?,"
                   " mailbox_id = ?, doubted_from = ?, vain_checks = ?, renumbered = ?"
                   " WHERE account = ? AND id = ?",
                   cursor.uid_validity.value, cursor.uid_next, cursor.exists,
                   cursor.highest_mod_seq.value, cursor.complete, Blob{cursor.token.bytes},
                   cursor.listed_at_ms, cursor.mailbox_id, cursor.doubted_from, cursor.vain_checks,
                   cursor.renumbered, account.value, cursor.folder.value),
      cursor.folder);
}

Result<Done> set_missing_since(Database& database, AccountId account, FolderId folder,
                               std::int64_t at_ms) {
  return must_have_changed(
      database,
      database.run("UPDATE folder SET missing_since_ms = ? WHERE account = ? AND id = ?", at_ms,
                   account.value, folder.value),
      folder);
}

}  // namespace imapkeep
