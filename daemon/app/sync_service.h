// One `sync` asked of the daemon: a whole pass of each chosen account, its progress, its report.
#pragma once

#include <list>
#include <string>
#include <vector>

#include "daemon/app/supervisor.h"
#include "daemon/control/control_handler.h"

namespace imapkeep {

class SyncService {
 public:
  SyncService(Supervisor& supervisor, ControlReply& reply);
  void start(const std::vector<AccountSettings>& accounts, bool accept_gone);
  /// The client has gone; the passes go on.
  void cancel();

 private:
  struct Asked {
    std::string account;
    ProgressCounts before;
    Operation operation;
    bool ended = false;
  };
  void on_ended(Asked& asked, const SyncOutcome& outcome);
  void tell_progress();
  void end_when_all();

  Supervisor& supervisor_;
  ControlReply& reply_;
  std::list<Asked> asked_;
  std::vector<std::string> left_out_;  ///< lines
  int exit_code_ = 0;
  Operation timer_;
};

}  // namespace imapkeep
