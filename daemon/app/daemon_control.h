// The handler behind the control socket: turns a request into work of the supervisor's accounts and
// tells the client how it goes. Each request is an object of its own, alive as long as its client.
#pragma once

#include <functional>
#include <memory>

#include "daemon/app/supervisor.h"
#include "daemon/control/control_handler.h"

namespace imapkeep {

class DaemonControl final : public ControlHandler {
 public:
  /// `reload`: reads the configuration again; the sentence of what was wrong, or nothing.
  DaemonControl(Supervisor& supervisor, std::function<Result<Done>()> reload);

  [[nodiscard]] Operation serve(const ControlRequest& request, ControlReply& reply) override;

 private:
  Supervisor& supervisor_;
  std::function<Result<Done>()> reload_;
  std::shared_ptr<Strand> strand_;  ///< reads the ledger for status
};

}  // namespace imapkeep
