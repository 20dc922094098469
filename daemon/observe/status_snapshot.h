// What is shown of the accounts at one moment: what the configuration says of each, what the ledger
// knows, how the daemon's account is doing and what the vault holds for it, joined once. Every way
// of showing it (text, JSON) is a function of this value alone.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "auth/vault.h"
#include "config/settings.h"
#include "daemon/base/clock.h"
#include "daemon/base/ports.h"
#include "daemon/observe/token_facts.h"
#include "sync/follow/account_state.h"
#include "sync/state/ledger_reader.h"
#include "sync/store/options.h"

namespace imapkeep {

/// How the daemon's accounts are doing, by name.
using LiveStates = std::map<std::string, AccountState>;

struct AccountSnapshot {
  std::string name;
  StoreDescription store;
  std::optional<AccountReport> report;  ///< nothing: the ledger does not know it yet
  std::optional<AccountState> live;     ///< nothing: no daemon has it
  std::optional<TokenFacts> token;      ///< of an account with OAuth
};

struct StatusSnapshot {
  enum class Tokens { kNone, kPlain, kEncrypted };

  WallTime taken;
  std::vector<AccountSnapshot> accounts;  ///< in the configuration's order
  Tokens tokens = Tokens::kNone;          ///< how those of all accounts are kept
};

/// Pure. Reports of accounts that the configuration does not name are left out.
StatusSnapshot join_snapshot(const Settings& settings, std::vector<AccountReport> reports,
                             LiveStates live, TokenStates tokens, WallTime now);

/// Blocks. `vault`: or why there is none. Errors: the ledger cannot be read.
Result<StatusSnapshot> take_snapshot(const Ports& ports, const Settings& settings,
                                     const LedgerReader& ledger, const Result<Vault>& vault,
                                     LiveStates live);

/// 0 when the last pass of every configured account was complete; else 1.
int status_exit_code(const StatusSnapshot& snapshot);

}  // namespace imapkeep
