#include "tests/support/sim_world.h"

#include <stdexcept>

namespace imapkeep {

// Neither clock starts at zero: code that takes 0 for "never" must not pass by luck.
SimWorld::SimWorld()
    : now_(MonoTime(std::chrono::hours(100))),
      wall_at_start_(from_unix_ms(1'771'568'830'000)),
      queue_(std::make_shared<Queue>()) {
  set_wall(wall_at_start_);
}

MonoTime SimWorld::mono_now() const { return now_; }

WallTime SimWorld::wall_now() const {
  return wall_at_start_ +
         std::chrono::duration_cast<std::chrono::milliseconds>(now_.time_since_epoch());
}

void SimWorld::set_wall(WallTime at) {
  wall_at_start_ =
      at - std::chrono::duration_cast<std::chrono::milliseconds>(now_.time_since_epoch());
}

Operation SimWorld::after(Duration delay, std::function<void()> handler) {
  const Key key{now_ + delay, ++made_};
  queue_->timers.emplace(key, std::move(handler));
  return Operation([queue = std::weak_ptr<Queue>(queue_), key] {
    const auto alive = queue.lock();
    if (!alive) return;
    // Taken out before it dies: what the handler holds may cancel further timers.
    const auto node = alive->timers.extract(key);
  });
}

bool SimWorld::step() {
  if (queue_->timers.empty()) return false;
  const auto node = queue_->timers.extract(queue_->timers.begin());
  if (node.key().first > now_) now_ = node.key().first;
  node.mapped()();
  return true;
}

void SimWorld::advance(Duration by) {
  const MonoTime until = now_ + by;
  std::uint64_t steps = 0;
  while (!queue_->timers.empty() && queue_->timers.begin()->first.first <= until) {
    if (++steps > 20'000'000) throw std::runtime_error("the simulation spins");
    step();
  }
  if (now_ < until) now_ = until;
}

void SimWorld::run_until_idle(std::uint64_t most_steps) {
  std::uint64_t steps = 0;
  while (step()) {
    if (++steps > most_steps) throw std::runtime_error("the simulation spins");
  }
}

bool SimWorld::run_until(const std::function<bool()>& done, Duration at_most) {
  const MonoTime until = now_ + at_most;
  std::uint64_t steps = 0;
  while (!done()) {
    if (queue_->timers.empty() || queue_->timers.begin()->first.first > until) return false;
    if (++steps > 20'000'000) throw std::runtime_error("the simulation spins");
    step();
  }
  return true;
}

std::size_t SimWorld::timers_left() const { return queue_->timers.size(); }

std::optional<MonoTime> SimWorld::next_due() const {
  if (queue_->timers.empty()) return std::nullopt;
  return queue_->timers.begin()->first.first;
}

}  // namespace imapkeep
