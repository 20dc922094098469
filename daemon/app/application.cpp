#include "daemon/app/application.h"

#include <utility>

namespace imapkeep {

Account::Account(Machine& machine, const AccountSettings& account_settings, const Log& program_log)
    : settings(account_settings),
      log(program_log.with({{"account", settings.name}})),
      secrets_lane(machine.workers.lane(LaneKind::kResolver)),
      credentials(settings.auth,
                  SecretSource(machine.files, machine.processes, machine.surroundings),
                  *secrets_lane),
      store(machine.files, machine.workers, machine.clock, machine.random, log, settings.store,
            settings.server.host, settings.name) {}

Result<std::unique_ptr<Application>> Application::open(Machine& machine, Settings settings,
                                                       Log log) {
  auto directory = machine.files.make_root(settings.state);
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
  return std::unique_ptr<Application>(new Application(machine, std::move(settings), std::move(log),
                                                      std::move(*directory), std::move(*lock)));
}

Application::Application(Machine& machine_, Settings settings_, Log log_,
                         std::unique_ptr<Directory> state_directory_,
                         std::unique_ptr<FileLock> state_lock_)
    : machine(machine_),
      settings(std::move(settings_)),
      log(std::move(log_)),
      state_directory(std::move(state_directory_)),
      state_lock(std::move(state_lock_)),
      ledger(machine.workers, machine.clock, ledger_path(settings.state)) {
  for (const AccountSettings& account : settings.accounts) {
    accounts.push_back(std::make_unique<Account>(machine, account, log));
  }
}

imap::Connection::World Application::network(const Log& account_log) {
  return {machine.dialer, machine.timers, machine.clock, machine.random, account_log};
}

std::string ledger_path(const std::string& state) { return state + "/ledger"; }

}  // namespace imapkeep
