#include "daemon/app/make_store.h"

#include <utility>
#include <variant>

#include "sync/state/sqlite/read_ledger.h"
#include "sync/state/sqlite/sqlite_ledger.h"
#include "sync/store/maildir/maildir_store.h"

namespace imapkeep {
namespace {

std::string ledger_path(const std::string& state) { return state + "/ledger"; }

std::unique_ptr<MessageStore> make_maildir(const Ports& ports, const AccountSettings& account,
                                           MaildirOptions options, const Log& log) {
  options.user_id = ports.environment.user_id;
  return std::make_unique<MaildirStore>(ports.files, ports.workers, ports.clock, ports.random, log,
                                        std::move(options), account.server.host, account.name);
}

}  // namespace

std::unique_ptr<MessageStore> make_store(const Ports& ports, const AccountSettings& account,
                                         const Log& log) {
  return std::visit(
      [&](const MaildirOptions& maildir) { return make_maildir(ports, account, maildir, log); },
      account.store);
}

std::unique_ptr<Ledger> make_ledger(const Ports& ports, const std::string& state) {
  return std::make_unique<SqliteLedger>(ports.workers, ports.clock, ledger_path(state));
}

std::shared_ptr<const LedgerReader> make_ledger_reader(const std::string& state) {
  return std::make_shared<SqliteLedgerReader>(ledger_path(state));
}

}  // namespace imapkeep
