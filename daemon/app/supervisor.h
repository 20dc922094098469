// All accounts of the daemon, each with its keeper; starts them, stops them, exchanges those whose
// configuration changed, and answers for all of them in one sentence. Whoever wants to know of
// changes listens. Knows ports only, so that the simulator runs the same.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/app/application.h"
#include "daemon/app/login_hook.h"
#include "daemon/base/host_events.h"
#include "daemon/observe/counted_progress.h"
#include "daemon/observe/status_snapshot.h"
#include "sync/follow/account_keeper.h"

namespace imapkeep {

class Supervisor {
 public:
  explicit Supervisor(Application& application);
  ~Supervisor();
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  /// Opens the ledger and starts every account; done when the ledger is open.
  [[nodiscard]] Operation start(Completion<Done> done);
  /// Every account finishes the batch in flight.
  [[nodiscard]] Operation stop(Completion<Done> done);
  /// Accounts that are the same go on untouched; others end first, and then begin anew. An error:
  /// this cannot change while the daemon runs, and nothing has been changed.
  Result<Done> reload(Settings fresh);
  void on_host_event(HostEvent host_event);

  /// An account with its keeper.
  struct AccountEntry {
    AccountEntry(Supervisor& supervisor, Account& account);
    Account& account;
    CountedProgress progress;
    AccountKeeper keeper;
    bool going = false;
    bool hook_told = false;  ///< that it needs a login
    Operation stopping;
  };
  [[nodiscard]] const std::list<std::unique_ptr<AccountEntry>>& accounts() const {
    return entries_;
  }
  /// Null: there is none of that name.
  [[nodiscard]] AccountEntry* find(const std::string& name);
  [[nodiscard]] LiveStates live_states() const;
  /// "37 accounts: 35 watching, 2 syncing"
  [[nodiscard]] std::string summary() const;
  [[nodiscard]] Application& application() { return application_; }

  /// Called from the loop after every change of any account's state, until the Operation dies. Must
  /// not destroy the supervisor.
  [[nodiscard]] Operation listen(std::function<void()> changed);

 private:
  void on_changed(AccountEntry& entry);
  void start_account(Account& account);
  void stop_account(AccountEntry& entry);
  void remove_and_start_soon();
  void remove_and_start();
  [[nodiscard]] bool must_wait(const AccountSettings& account) const;
  void tell();

  Application& application_;
  LoginHook hook_;
  std::list<std::shared_ptr<std::function<void()>>> listeners_;
  std::list<std::unique_ptr<AccountEntry>> entries_;
  std::vector<AccountSettings> to_start_;  ///< some wait for an account that is going
  bool stopping_ = false;
  Pending<Done> stopped_;
  Operation opening_;
  Operation finishing_;
  Operation removing_;
};

}  // namespace imapkeep
