// Accounts and their last pass, as rows. An account is known by the operator's name for it and by
// the id of the store that its index was read from.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sync/state/ledger.h"
#include "sync/state/sqlite/sqlite_database.h"

namespace imapkeep {

struct AccountRow {
  LedgerAccount account;
  std::string name;
  std::int64_t opened_ms = 0;    ///< when a program last opened this account to write
  std::int64_t complete_ms = 0;  ///< end of the last pass that stored everything; 0: none yet
};

Result<LedgerAccount> open_account(Database& database, const std::string& name,
                                   std::int64_t now_ms);
Result<std::vector<AccountRow>> all_accounts(Database& database);

/// Empties the account and binds it to the store; one that is new to it is unproven.
Result<Done> start_over(Database& database, AccountId account, const std::string& store_id);

/// The account's store is its own: forgets the other accounts that are bound to it.
Result<Done> forget_former_names(Database& database, AccountId account);

/// An error when there is no such account.
Result<Done> put_owner(Database& database, AccountId account, const MailboxOwner& owner);

/// An error when there is no such account.
Result<Done> set_journal_end(Database& database, AccountId account, JournalPosition end);

Result<Done> remember_origin(Database& database, AccountId account, const FileOrigin& origin,
                             bool copied);

Result<Done> record_pass(Database& database, AccountId account, const PassSummary& summary);
Result<std::optional<PassSummary>> last_pass(Database& database, AccountId account);

}  // namespace imapkeep
