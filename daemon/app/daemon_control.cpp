#include "daemon/app/daemon_control.h"

#include <utility>

#include "daemon/app/account_choice.h"
#include "daemon/app/status_service.h"
#include "daemon/app/sync_service.h"
#include "daemon/base/exit_code.h"

namespace imapkeep {
namespace {

/// The end of a request that needs no time, told from the loop.
Operation end_soon(Timers& timers, ControlReply& reply, std::string line, int code) {
  return timers.soon([&reply, line = std::move(line), code] {
    if (!line.empty()) reply.line(line);
    reply.end(code);
  });
}

}  // namespace

DaemonControl::DaemonControl(Supervisor& supervisor, std::function<Result<Done>()> reload)
    : supervisor_(supervisor),
      reload_(std::move(reload)),
      strand_(supervisor_.application().ports.workers.strand(PoolKind::kCommands)) {}

Operation DaemonControl::serve(const ControlRequest& request, ControlReply& reply) {
  Application& application = supervisor_.application();
  Timers& timers = application.ports.timers;
  switch (request.verb) {
    case ControlRequest::Verb::kStatus: {
      const auto service = std::make_shared<StatusService>(supervisor_, *strand_, request, reply);
      service->start();
      return Operation([service] { service->cancel(); });
    }
    case ControlRequest::Verb::kSync: {
      const auto chosen = choose_accounts(application.settings, request.accounts);
      if (!chosen) {
        return end_soon(timers, reply, chosen.error().what, exit_code(chosen.error().trouble));
      }
      const auto service = std::make_shared<SyncService>(supervisor_, reply);
      service->start(*chosen, request.accept_gone);
      return Operation([service] { service->cancel(); });
    }
    case ControlRequest::Verb::kWake: {
      const auto chosen = choose_accounts(application.settings, request.accounts);
      if (!chosen) {
        return end_soon(timers, reply, chosen.error().what, exit_code(chosen.error().trouble));
      }
      for (const AccountSettings& account : *chosen) {
        if (Supervisor::AccountEntry* entry = supervisor_.find(account.name))
          entry->keeper.try_now();
      }
      return end_soon(timers, reply, "", kExitOk);
    }
    case ControlRequest::Verb::kReload:
      break;
  }
  const auto reloaded = reload_();
  return end_soon(timers, reply,
                  reloaded ? "the configuration has been read" : reloaded.error().what,
                  reloaded ? kExitOk : exit_code(reloaded.error().trouble));
}

}  // namespace imapkeep
