#include "sync/state/sqlite/account_rows.h"

#include "sync/state/sqlite/remark_rows.h"

namespace imapkeep {
namespace {

constexpr const char* kSelect =
    "SELECT id, store_id, segment, offset, name, opened_ms, complete_ms, has_owner, owner_host,"
    " owner_user, owner_authzid, store_inode, store_born_ns, store_file_system, unproven FROM "
    "account";

LedgerAccount account_of(const Query& row) {
  LedgerAccount account{AccountId{row.i64(0)}, row.string(1),
                        JournalPosition{row.u64(2), row.u64(3)}};
  if (row.i64(7) != 0) account.owner = MailboxOwner{row.string(8), row.string(9), row.string(10)};
  account.store_origin = FileOrigin{row.u64(11), row.i64(12), row.string(13)};
  account.unproven = row.boolean(14);
  return account;
}

Result<Done> forget_index(Database& database, AccountId account) {
  for (const char* sql :
       {"DELETE FROM message WHERE account = ?", "DELETE FROM quarantine WHERE account = ?",
        "DELETE FROM folder WHERE account = ?", "DELETE FROM pass WHERE account = ?",
        "DELETE FROM waiting WHERE account = ?", "DELETE FROM remark WHERE account = ?"}) {
    if (auto done = database.run(sql, account.value); !done) return done;
  }
  return Done{};
}

Error unknown_account(AccountId account) {
  return store_error("the ledger knows no account number " + std::to_string(account.value) +
                     ": start imapkeep again");
}

}  // namespace

Result<LedgerAccount> open_account(Database& database, const std::string& name,
                                   std::int64_t now_ms) {
  auto stored = database.run(
      "INSERT INTO account (name, store_id, segment, offset, opened_ms, complete_ms)"
      " VALUES (?, '', 0, 0, ?, 0)"
      " ON CONFLICT (name) DO UPDATE SET opened_ms = excluded.opened_ms",
      name, now_ms);
  if (!stored) return stored.error();
  Query row = database.query(std::string(kSelect) + " WHERE name = ?", name);
  if (row.next()) return account_of(row);
  if (auto status = row.status(); !status) return status.error();
  return store_error("the ledger did not keep the account " + printable_utf8(name));
}

Result<std::vector<AccountRow>> all_accounts(Database& database) {
  std::vector<AccountRow> accounts;
  Query row = database.query(std::string(kSelect) + " ORDER BY name");
  while (row.next()) {
    accounts.push_back({account_of(row), row.string(4), row.i64(5), row.i64(6)});
  }
  if (auto status = row.status(); !status) return status.error();
  return accounts;
}

Result<Done> start_over(Database& database, AccountId account, const std::string& store_id) {
  auto transaction = Transaction::begin(database);
  if (!transaction) return transaction.error();
  if (auto done = forget_index(database, account); !done) return done;
  auto bound = database.run(
      "UPDATE account SET segment = 0, offset = 0, complete_ms = 0, has_owner = 0,"
      " unproven = CASE WHEN store_id = ? THEN unproven ELSE ? END, store_id = ? WHERE id = ?",
      store_id, !store_id.empty(), store_id, account.value);
  if (!bound) return bound;
  if (database.changes() == 0) return unknown_account(account);
  return transaction->commit();
}

Result<Done> forget_former_names(Database& database, AccountId account) {
  auto transaction = Transaction::begin(database);
  if (!transaction) return transaction.error();
  std::vector<AccountId> former;
  {
    Query row = database.query(
        "SELECT id FROM account WHERE id <> ? AND store_id <> ''"
        " AND store_id = (SELECT store_id FROM account WHERE id = ?)",
        account.value, account.value);
    while (row.next()) former.push_back({row.i64(0)});
    if (auto status = row.status(); !status) return status.error();
  }
  for (const AccountId id : former) {
    if (auto done = forget_index(database, id); !done) return done;
    if (auto done = database.run("DELETE FROM account WHERE id = ?", id.value); !done) return done;
  }
  auto proven = database.run("UPDATE account SET unproven = 0 WHERE id = ?", account.value);
  if (!proven) return proven;
  return transaction->commit();
}

Result<Done> put_owner(Database& database, AccountId account, const MailboxOwner& owner) {
  auto put = database.run(
      "UPDATE account SET has_owner = 1, owner_host = ?, owner_user = ?, owner_authzid = ?"
      " WHERE id = ?",
      owner.host, owner.user, owner.authzid, account.value);
  if (!put) return put;
  if (database.changes() == 0) return unknown_account(account);
  return Done{};
}

Result<Done> set_journal_end(Database& database, AccountId account, JournalPosition end) {
  auto moved = database.run("UPDATE account SET segment = ?, offset = ? WHERE id = ?", end.segment,
                            end.offset, account.value);
  if (!moved) return moved;
  if (database.changes() == 0) return unknown_account(account);
  return Done{};
}

Result<Done> remember_origin(Database& database, AccountId account, const FileOrigin& origin,
                             bool copied) {
  auto transaction = Transaction::begin(database);
  if (!transaction) return transaction.error();
  if (copied) {
    auto forgotten = database.run("UPDATE folder SET token = x'' WHERE account = ?", account.value);
    if (!forgotten) return forgotten;
  }
  auto kept = database.run(
      "UPDATE account SET store_inode = ?, store_born_ns = ?, store_file_system = ? WHERE id = ?",
      origin.inode, origin.born_ns, origin.file_system, account.value);
  if (!kept) return kept;
  if (database.changes() == 0) return unknown_account(account);
  return transaction->commit();
}

Result<Done> record_pass(Database& database, AccountId account, const PassSummary& summary) {
  auto transaction = Transaction::begin(database);
  if (!transaction) return transaction.error();
  const std::int64_t complete_ms = summary.outcome == "complete" ? summary.ended_ms : 0;
  auto known = database.run("UPDATE account SET complete_ms = max(complete_ms, ?) WHERE id = ?",
                            complete_ms, account.value);
  if (!known) return known;
  if (database.changes() == 0) return unknown_account(account);
  auto kept = database.run(
      "INSERT OR REPLACE INTO pass (account, started_ms, ended_ms, outcome, detail, stored,"
      " stored_bytes, gone) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      account.value, summary.started_ms, summary.ended_ms, summary.outcome, summary.detail,
      summary.stored, summary.stored_bytes, summary.gone);
  if (!kept) return kept;
  if (auto done = put_remarks(database, account, summary); !done) return done;
  return transaction->commit();
}

Result<std::optional<PassSummary>> last_pass(Database& database, AccountId account) {
  Query row = database.query(
      "SELECT started_ms, ended_ms, outcome, detail, stored, stored_bytes, gone FROM pass"
      " WHERE account = ?",
      account.value);
  std::optional<PassSummary> summary;
  if (row.next()) {
    summary = PassSummary{row.i64(0), row.i64(1), row.string(2), row.string(3),
                          row.u64(4), row.u64(5), row.u64(6)};
  }
  if (auto status = row.status(); !status) return status.error();
  if (summary) {
    if (auto done = read_remarks(database, account, *summary); !done) return done.error();
  }
  return summary;
}

}  // namespace imapkeep
