// One `status` asked of the daemon: the ledger as it stands, read on a worker, with the live state
// of every account in it. Watching, a page is told again when something changed, once a second at
// most, and every few seconds so that "ago" stays true.
#pragma once

#include <string>

#include "daemon/app/supervisor.h"
#include "daemon/control/control_handler.h"

namespace imapkeep {

class StatusService {
 public:
  StatusService(Supervisor& supervisor, Strand& strand, ControlRequest request,
                ControlReply& reply);
  void start();
  void cancel();

 private:
  void read();
  struct Seen {
    std::string text;
    int exit_code = 0;
  };
  void on_read(const Result<Seen>& seen);
  void read_again();

  Supervisor& supervisor_;
  Strand& strand_;
  ControlRequest request_;
  ControlReply& reply_;
  bool changed_ = false;
  unsigned quiet_ticks_ = 0;
  Operation listening_;
  Operation operation_;
};

}  // namespace imapkeep
