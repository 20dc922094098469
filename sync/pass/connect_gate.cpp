#include "sync/pass/connect_gate.h"

#include <algorithm>
#include <utility>

namespace imapkeep {

ConnectGate::ConnectGate(Timers& timers, Clock& clock, ConnectRate rate)
    : timers_(timers), clock_(clock), rate_(rate) {}

Operation ConnectGate::enter(const std::string& host, Completion<Done> done) {
  const Pending<Done> pending(std::move(done));
  auto [found, is_new] = hosts_.try_emplace(host);
  Host& here = found->second;
  if (is_new) {
    here.tokens = rate_.burst;
    here.counted_at = clock_.mono_now();
  }
  here.waiting.push_back(pending);
  if (here.waiting.size() == 1) here.timer = timers_.soon([this, host] { serve(host); });
  return pending.operation();
}

void ConnectGate::refill(Host& host) const {
  const MonoTime now = clock_.mono_now();
  const double seconds = std::chrono::duration<double>(now - host.counted_at).count();
  host.tokens = std::min<double>(rate_.burst, host.tokens + seconds * rate_.per_second);
  host.counted_at = now;
}

void ConnectGate::serve(const std::string& name) {
  Host& host = hosts_.at(name);
  refill(host);
  std::deque<Pending<Done>> admitted;
  while (!host.waiting.empty()) {
    if (!host.waiting.front().wanted()) {
      host.waiting.pop_front();
      continue;
    }
    if (host.tokens < 1) break;
    host.tokens -= 1;
    admitted.push_back(std::move(host.waiting.front()));
    host.waiting.pop_front();
  }
  if (!host.waiting.empty()) {
    const std::chrono::duration<double> wait((1 - host.tokens) / rate_.per_second);
    // One nanosecond more, or rounding down would find the bucket a hair short of full.
    const Duration delay = std::chrono::duration_cast<Duration>(wait) + Duration(1);
    host.timer = timers_.after(delay, [this, name] { serve(name); });
  }
  for (const auto& pending : admitted) pending.complete(Done{});
}

std::size_t ConnectGate::waiting() const {
  std::size_t count = 0;
  for (const auto& [name, host] : hosts_) {
    for (const auto& pending : host.waiting) count += pending.wanted() ? 1U : 0U;
  }
  return count;
}

}  // namespace imapkeep
