// The program as an inventory: what the state directory holds, and one Account for each account of
// the configuration, each with its own credentials and store, all on one loop, one ledger, one
// dialer and one vault of OAuth grants. Which kind of store and of ledger that are is known to
// make_store and make_ledger alone. The commands are built on it and decide what the accounts do.
#pragma once

#include <memory>
#include <vector>

#include "auth/credentials.h"
#include "config/settings.h"
#include "daemon/app/grants.h"
#include "daemon/base/log.h"
#include "daemon/base/ports.h"
#include "sync/pass/account_deps.h"
#include "sync/state/ledger.h"
#include "sync/state/ledger_reader.h"
#include "sync/store/message_store.h"

namespace imapkeep {

/// By whatever proof the settings name. `strand`: for reading a password.
std::unique_ptr<CredentialSource> credentials_of(const Ports& ports, Grants& grants,
                                                 const AccountSettings& settings, Strand& strand);

struct Account {
  Account(const Ports& ports, Grants& grants, const AccountSettings& settings,
          const Log& program_log);

  AccountSettings settings;
  Log log;
  std::unique_ptr<Strand> secrets_strand;
  std::unique_ptr<CredentialSource> credentials;
  std::unique_ptr<MessageStore> store;
};

class Application {
 public:
  /// Opens the state directory and takes its lock, so that one writer at a time works on it.
  /// Errors: kBusy (somebody else holds it), kStore, kConfig (the key for the tokens).
  static Result<std::unique_ptr<Application>> open(const Ports& ports, Settings settings, Log log);

  [[nodiscard]] AccountDeps deps_of(Account& account, Progress& progress);
  Account& add(const AccountSettings& account);
  void remove(const Account& account);

  Ports ports;
  Settings settings;
  Log log;
  std::unique_ptr<Directory> state_directory;
  std::unique_ptr<FileLock> state_lock;
  std::unique_ptr<Ledger> ledger;
  std::shared_ptr<const LedgerReader> ledger_reader;
  ConnectGate gate;
  Grants grants;
  std::vector<std::unique_ptr<Account>> accounts;

 private:
  Application(const Ports& ports_, Settings settings_, Log log_, Vault vault,
              std::unique_ptr<Directory> state_directory_, std::unique_ptr<FileLock> state_lock_);
};

/// Held by whoever works on it.
std::string lock_path(const std::string& state);

}  // namespace imapkeep
