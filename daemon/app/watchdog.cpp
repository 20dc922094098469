#include "daemon/app/watchdog.h"

namespace imapkeep {
namespace {

constexpr Duration kLate = std::chrono::seconds(5);

}  // namespace

bool WatchdogRule::late(MonoTime due, MonoTime now) { return now - due > kLate; }

bool WatchdogRule::feeds(MonoTime due, MonoTime now) {
  if (late(due, now)) return false;
  // Half the interval, as systemd advises; rather one tick before it than one behind.
  if (fed_ && now - *fed_ + tick() / 2 < interval_ / 2) return false;
  fed_ = now;
  return true;
}

Watchdog::Watchdog(ServiceManager& manager, Timers& timers, const Clock& clock, Log log)
    : manager_(manager), timers_(timers), clock_(clock), log_(std::move(log)) {
  const auto interval = manager.watchdog_interval();
  if (!interval || *interval <= Duration::zero()) return;
  rule_.emplace(*interval);
  wait();
}

void Watchdog::wait() {
  due_ = clock_.mono_now() + rule_->tick();
  tick_ = timers_.after(rule_->tick(), [this] { on_tick(); });
}

void Watchdog::on_tick() {
  const MonoTime now = clock_.mono_now();
  if (WatchdogRule::late(due_, now)) {
    const auto late = std::chrono::duration_cast<std::chrono::milliseconds>(now - due_);
    log_.info("the event loop was late, or the machine slept",
              {{"by_ms", std::to_string(late.count())}});
  }
  if (rule_->feeds(due_, now)) manager_.feed();
  wait();
}

}  // namespace imapkeep
