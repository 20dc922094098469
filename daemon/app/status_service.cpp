#include "daemon/app/status_service.h"

#include <utility>

#include "daemon/app/exit_code.h"

namespace imapkeep {
namespace {

constexpr Duration kTick = std::chrono::seconds(1);
constexpr unsigned kTicksUntilStale = 5;

}  // namespace

StatusService::StatusService(Supervisor& supervisor, Lane& lane, ControlRequest request,
                             ControlReply& reply)
    : supervisor_(supervisor), lane_(lane), request_(std::move(request)), reply_(reply) {}

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
  operation_ = run_for_result<Seen>(
      lane_,
      [outside = application.outside, settings = application.settings,
       vault = application.grants.vault()]() -> Result<Seen> {
        auto reports = read_ledger(ledger_path(settings.state));
        if (!reports) return reports.error();
        return Seen{std::move(*reports), look_at_tokens(outside, settings, vault)};
      },
      [this](const Result<Seen>& seen) { on_read(seen); });
}

void StatusService::on_read(const Result<Seen>& seen) {
  if (!seen) {
    reply_.line(seen.error().what);
    return reply_.end(exit_code(seen.error().trouble));
  }
  const auto& reports = seen->reports;
  const Application& application = supervisor_.application();
  LiveStates live;
  for (const auto& kept : supervisor_.accounts()) {
    live.emplace(kept->account.settings.name, kept->keeper.state());
  }
  std::string text = request_.json
                         ? status_json(application.settings, reports, live, seen->tokens)
                         : status_text(application.settings, reports,
                                       application.outside.clock.wall_now(), live, seen->tokens);
  if (!request_.watch) {
    reply_.out(std::move(text));
    return reply_.end(status_exit_code(application.settings, reports));
  }
  reply_.page(std::move(text));
  read_again();
}

void StatusService::read_again() {
  operation_ = supervisor_.application().outside.timers.after(kTick, [this] {
    if (changed_ || ++quiet_ticks_ >= kTicksUntilStale) return read();
    read_again();
  });
}

}  // namespace imapkeep
