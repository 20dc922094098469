#include "daemon/app/status_service.h"

#include <utility>

#include "daemon/base/exit_code.h"

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
  LiveStates live;
  for (const auto& kept : supervisor_.accounts()) {
    live.emplace(kept->account.settings.name, kept->keeper.state());
  }
  // The text, too, is made on the strand: of ten thousand folders it takes long.
  operation_ = run_for_result<Seen>(
      strand_,
      [ports = application.ports, settings = application.settings,
       vault = application.grants.vault(), ledger = application.ledger_reader,
       live = std::move(live), json = request_.json,
       now = application.ports.clock.wall_now()]() -> Result<Seen> {
        const auto reports = ledger->read();
        if (!reports) return reports.error();
        const TokenStates tokens = look_at_tokens(ports, settings, vault);
        return Seen{json ? status_json(settings, *reports, live, tokens)
                         : status_text(settings, *reports, now, live, tokens),
                    status_exit_code(settings, *reports)};
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
