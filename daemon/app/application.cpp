#include "daemon/app/application.h"

#include <utility>

#include "auth/password_credentials.h"
#include "daemon/app/make_store.h"
#include "daemon/app/state_directory.h"

namespace imapkeep {

std::unique_ptr<CredentialSource> credentials_of(const Ports& ports, Grants& grants,
                                                 const AccountSettings& settings, Strand& strand) {
  const AuthOptions& auth = settings.auth;
  const auto* password = std::get_if<SecretOptions>(&auth.proof);
  if (password == nullptr) return grants.credentials_of(settings);
  return std::make_unique<PasswordCredentials>(
      auth.user, auth.authzid, *password,
      SecretSource(ports.files, ports.processes, ports.environment), strand, auth.mechanism);
}

namespace {

constexpr const char* kStateLock = "lock";

/// Without the places in the files: there is nothing left to complain of, and thousands of accounts
/// may be waiting.
AccountSettings without_places(AccountSettings account) {
  account.where = {};
  account.store_where = {};
  account.files = {};
  return account;
}

}  // namespace

Account::Account(const Ports& ports, Grants& grants, const AccountSettings& account_settings,
                 const Log& program_log)
    : settings(without_places(account_settings)),
      log(program_log.with({{"account", settings.name}})),
      secrets_strand(ports.workers.strand(PoolKind::kCommands)),
      credentials(credentials_of(ports, grants, settings, *secrets_strand)),
      store(make_store(ports, settings, log)) {}

Result<std::unique_ptr<Application>> Application::open(const Ports& ports, Settings settings,
                                                       Log log) {
  auto directory = open_state(ports.files, settings.state, ports.environment.user_id);
  if (!directory) return directory.error();
  auto lock = (*directory)->lock(kStateLock);
  if (!lock) {
    Error error = lock.error();
    if (error.trouble == Trouble::kBusy) {
      error.what =
          "another imapkeep works on " + settings.state + "; wait for it to end, or stop it";
    }
    return error;
  }
  auto vault = open_vault(ports, settings);
  if (!vault) return vault.error();
  return std::unique_ptr<Application>(new Application(ports, std::move(settings), std::move(log),
                                                      std::move(*vault), std::move(*directory),
                                                      std::move(*lock)));
}

Application::Application(const Ports& ports_, Settings settings_, Log log_, Vault vault,
                         std::unique_ptr<Directory> state_directory_,
                         std::unique_ptr<FileLock> state_lock_)
    : ports(ports_),
      settings(std::move(settings_)),
      log(std::move(log_)),
      state_directory(std::move(state_directory_)),
      state_lock(std::move(state_lock_)),
      ledger(make_ledger(ports, settings.state)),
      ledger_reader(make_ledger_reader(settings.state)),
      gate(ports.timers, ports.clock),
      grants(ports, std::move(vault), log) {
  for (const AccountSettings& account : settings.accounts) add(account);
}

Account& Application::add(const AccountSettings& account) {
  accounts.push_back(std::make_unique<Account>(ports, grants, account, log));
  return *accounts.back();
}

void Application::remove(const Account& account) {
  std::erase_if(accounts, [&](const auto& one) { return one.get() == &account; });
  grants.release_unused();
}

AccountDeps Application::deps_of(Account& account, Progress& progress) {
  return {{ports.dialer, ports.timers, ports.clock, ports.random, account.log},
          *ledger,
          *account.store,
          *account.credentials,
          gate,
          progress,
          account.settings.auth.user,
          account.settings.auth.authzid};
}

std::string lock_path(const std::string& state) { return state + "/" + kStateLock; }

}  // namespace imapkeep
