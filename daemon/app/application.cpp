#include "daemon/app/application.h"

#include <utility>

namespace imapkeep {

Account::Account(const Outside& outside, const AccountSettings& account_settings,
                 const Log& program_log)
    : settings(account_settings),
      log(program_log.with({{"account", settings.name}})),
      secrets_lane(outside.workers.lane(LaneKind::kResolver)),
      credentials(
          settings.auth.user, settings.auth.authzid, std::get<SecretOptions>(settings.auth.proof),
          SecretSource(outside.files, outside.processes, outside.surroundings), *secrets_lane),
      store(outside.files, outside.workers, outside.clock, outside.random, log, settings.store,
            settings.server.host, settings.name) {}

Result<std::unique_ptr<Application>> Application::open(const Outside& outside, Settings settings,
                                                       Log log) {
  auto directory = outside.files.make_root(settings.state);
  if (!directory) return directory.error().within("state directory");
  auto lock = (*directory)->lock("lock");
  if (!lock) {
    Error error = lock.error();
    if (error.trouble == Trouble::kBusy) {
      error.what =
          "another imapkeep works on " + settings.state + "; wait for it to end, or stop it";
    }
    return error;
  }
  return std::unique_ptr<Application>(new Application(outside, std::move(settings), std::move(log),
                                                      std::move(*directory), std::move(*lock)));
}

Application::Application(const Outside& outside_, Settings settings_, Log log_,
                         std::unique_ptr<Directory> state_directory_,
                         std::unique_ptr<FileLock> state_lock_)
    : outside(outside_),
      settings(std::move(settings_)),
      log(std::move(log_)),
      state_directory(std::move(state_directory_)),
      state_lock(std::move(state_lock_)),
      ledger(outside.workers, outside.clock, ledger_path(settings.state)),
      gate(outside.timers, outside.clock) {
  for (const AccountSettings& account : settings.accounts) add(account);
}

Account& Application::add(const AccountSettings& account) {
  accounts.push_back(std::make_unique<Account>(outside, account, log));
  return *accounts.back();
}

void Application::remove(const Account& account) {
  std::erase_if(accounts, [&](const auto& one) { return one.get() == &account; });
}

AccountWorld Application::world_of(Account& account, Progress& progress) {
  return {{outside.dialer, outside.timers, outside.clock, outside.random, account.log},
          ledger,
          account.store,
          account.credentials,
          gate,
          progress};
}

std::string ledger_path(const std::string& state) { return state + "/ledger"; }

}  // namespace imapkeep
