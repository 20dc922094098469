#include "daemon/app/application.h"

#include <utility>

#include "auth/password_credentials.h"
#include "daemon/app/state_directory.h"

namespace imapkeep {

std::unique_ptr<CredentialSource> credentials_of(const Outside& outside, Grants& grants,
                                                 const AccountSettings& settings, Lane& lane) {
  const AuthOptions& auth = settings.auth;
  const auto* password = std::get_if<SecretOptions>(&auth.proof);
  if (password == nullptr) return grants.credentials_of(settings);
  return std::make_unique<PasswordCredentials>(
      auth.user, auth.authzid, *password,
      SecretSource(outside.files, outside.processes, outside.surroundings), lane, auth.mechanism);
}

namespace {

constexpr const char* kStateLock = "lock";

MaildirOptions with_user(MaildirOptions store, std::uint32_t user_id) {
  store.user_id = user_id;
  return store;
}

}  // namespace

Account::Account(const Outside& outside, Grants& grants, const AccountSettings& account_settings,
                 const Log& program_log)
    : settings(account_settings),
      log(program_log.with({{"account", settings.name}})),
      secrets_lane(outside.workers.lane(LaneKind::kResolver)),
      credentials(credentials_of(outside, grants, settings, *secrets_lane)),
      store(outside.files, outside.workers, outside.clock, outside.random, log,
            with_user(settings.store, outside.surroundings.user_id), settings.server.host,
            settings.name) {}

Result<std::unique_ptr<Application>> Application::open(const Outside& outside, Settings settings,
                                                       Log log) {
  auto directory = open_state(outside.files, settings.state, outside.surroundings.user_id);
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
  auto vault = open_vault(outside, settings);
  if (!vault) return vault.error();
  return std::unique_ptr<Application>(new Application(outside, std::move(settings), std::move(log),
                                                      std::move(*vault), std::move(*directory),
                                                      std::move(*lock)));
}

Application::Application(const Outside& outside_, Settings settings_, Log log_, Vault vault,
                         std::unique_ptr<Directory> state_directory_,
                         std::unique_ptr<FileLock> state_lock_)
    : outside(outside_),
      settings(std::move(settings_)),
      log(std::move(log_)),
      state_directory(std::move(state_directory_)),
      state_lock(std::move(state_lock_)),
      ledger(outside.workers, outside.clock, ledger_path(settings.state)),
      gate(outside.timers, outside.clock),
      grants(outside, std::move(vault), log) {
  for (const AccountSettings& account : settings.accounts) add(account);
}

Account& Application::add(const AccountSettings& account) {
  accounts.push_back(std::make_unique<Account>(outside, grants, account, log));
  return *accounts.back();
}

void Application::remove(const Account& account) {
  std::erase_if(accounts, [&](const auto& one) { return one.get() == &account; });
  grants.release_unused();
}

AccountWorld Application::world_of(Account& account, Progress& progress) {
  return {{outside.dialer, outside.timers, outside.clock, outside.random, account.log},
          ledger,
          account.store,
          *account.credentials,
          gate,
          progress,
          account.settings.auth.user,
          account.settings.auth.authzid};
}

std::string ledger_path(const std::string& state) { return state + "/ledger"; }

std::string lock_path(const std::string& state) { return state + "/" + kStateLock; }

}  // namespace imapkeep
