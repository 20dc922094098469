#include "daemon/app/status_service.h"

#include <utility>

#include "daemon/base/exit_code.h"
#include "daemon/observe/status_json.h"
#include "daemon/observe/status_text.h"

namespace imapkeep {
namespace {

constexpr Duration kTick = std::chrono::seconds(1);
constexpr unsigned kTicksUntilStale = 5;

}  // namespace

StatusService::StatusService(Supervisor& supervisor, Strand& strand, ControlRequest request,
                             ControlReply& reply)
    : supervisor_(supervisor), strand_(strand), request_(std::move(request)), reply_(reply) {}

void StatusService::start() {
  if (request_.watch) listening_ = supervisor_.listen([this] { changed_ = true; });
  read();
}

void StatusService::cancel() {
  listening_.cancel();
  operation_.cancel();
}

void StatusService::read() {
  changed_ = false;
  quiet_ticks_ = 0;
  const Application& application = supervisor_.application();
  // The text, too, is made on the strand: of ten thousand folders it takes long.
  operation_ = run_for_result<Seen>(
      strand_,
      [ports = application.ports, settings = application.settings,
       ledger = application.ledger_reader, vault = application.grants.vault(),
       live = supervisor_.live_states(), json = request_.json]() -> Result<Seen> {
        const auto snapshot = take_snapshot(ports, settings, *ledger, vault, live);
        if (!snapshot) return snapshot.error();
        return Seen{json ? status_json(*snapshot) : status_text(*snapshot),
                    status_exit_code(*snapshot)};
      },
      [this](const Result<Seen>& seen) { on_read(seen); });
}

void StatusService::on_read(const Result<Seen>& seen) {
  if (!seen) {
    reply_.line(seen.error().what);
    return reply_.end(exit_code(seen.error().trouble));
  }
  if (!request_.watch) {
    reply_.out(seen->text);
    return reply_.end(seen->exit_code);
  }
  reply_.page(seen->text);
  read_again();
}

void StatusService::read_again() {
  operation_ = supervisor_.application().ports.timers.after(kTick, [this] {
    if (changed_ || ++quiet_ticks_ >= kTicksUntilStale) return read();
    read_again();
  });
}

}  // namespace imapkeep
