#include "daemon/io/kernel_host_events.h"

#include <map>

#include "daemon/io/clock_watch.h"
#include "daemon/io/route_watch.h"

namespace imapkeep {
namespace {

constexpr Duration kBurst = std::chrono::milliseconds(250);

}  // namespace

struct KernelHostEvents::State : std::enable_shared_from_this<State> {
  State(Timers& timers_, std::function<ClockReading()> clocks_)
      : timers(timers_), clocks(std::move(clocks_)), jumps(clocks()) {}

  Timers& timers;
  std::function<ClockReading()> clocks;
  ClockJumps jumps;
  std::map<std::uint64_t, std::shared_ptr<std::function<void(HostEvent)>>> handlers;
  std::uint64_t made = 0;
  bool burst = false;
  Operation end_of_burst;
  std::unique_ptr<RouteWatch> routes;
  std::unique_ptr<ClockWatch> clock;

  /// Handlers may come, go and end all this while they are told.
  void tell(HostEvent what) {
    const auto self = shared_from_this();
    const std::uint64_t end = made;
    for (auto at = handlers.begin(); at != handlers.end() && at->first < end;) {
      const auto id = at->first;
      const auto handler = at->second;
      (*handler)(what);
      at = handlers.upper_bound(id);
    }
  }

  void look_at_clocks() {
    const auto self = shared_from_this();
    const auto seen = jumps.look(clocks());
    if (seen.resumed) tell(HostEvent::kResumed);
    if (seen.clock_set) tell(HostEvent::kClockSet);
  }

  void on_network() {
    if (burst) return;
    burst = true;
    end_of_burst = timers.after(kBurst, [this] {
      const auto self = shared_from_this();
      burst = false;
      look_at_clocks();  // after a sleep this may be the first sign of it
      tell(HostEvent::kNetworkChanged);
    });
  }

  void close() {
    routes.reset();
    clock.reset();
    end_of_burst = Operation();
    const auto die = std::exchange(handlers, {});
  }
};

KernelHostEvents::KernelHostEvents(EventLoop& loop, Timers& timers, const Log& log,
                                   std::function<ClockReading()> clocks)
    : state_(std::make_shared<State>(timers, std::move(clocks))) {
  State* state = state_.get();  // the watches die before it
  state->clock = std::make_unique<ClockWatch>(loop, [state] { state->look_at_clocks(); });
  auto routes = RouteWatch::start(loop, [state] { state->on_network(); });
  if (routes) {
    state->routes = std::move(*routes);
  } else {
    log.info("network changes are not noticed", {{"why", routes.error().what}});
  }
}

KernelHostEvents::~KernelHostEvents() { state_->close(); }

Operation KernelHostEvents::watch(std::function<void(HostEvent)> handler) {
  const std::uint64_t id = state_->made++;
  state_->handlers.emplace(id,
                           std::make_shared<std::function<void(HostEvent)>>(std::move(handler)));
  return Operation([weak = std::weak_ptr<State>(state_), id] {
    const auto state = weak.lock();
    if (!state) return;
    const auto dies = state->handlers.extract(id);
  });
}

}  // namespace imapkeep
