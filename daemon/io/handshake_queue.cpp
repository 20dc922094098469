#include "daemon/io/handshake_queue.h"

#include <utility>

namespace imapkeep {

HandshakeQueue::HandshakeQueue(Timers& timers) : state_(std::make_shared<State>(timers)) {}

Operation HandshakeQueue::enter(std::function<void()> go) {
  auto guest = std::make_shared<Guest>();
  guest->go = std::move(go);
  state_->line.push_back(guest);
  serve_soon(state_);
  return Operation([weak = std::weak_ptr<State>(state_), guest] {
    guest->go = nullptr;
    guest->patience.cancel();
    if (const auto state = weak.lock()) give_back(state, *guest);
  });
}

void HandshakeQueue::serve_soon(const std::shared_ptr<State>& state) {
  if (state->taken >= kPlaces || state->line.empty()) return;
  state->serving = state->timers.soon([weak = std::weak_ptr<State>(state)] {
    if (const auto alive = weak.lock()) serve(alive);
  });
}

void HandshakeQueue::serve(const std::shared_ptr<State>& state) {
  while (state->taken < kPlaces && !state->line.empty()) {
    const auto guest = std::move(state->line.front());
    state->line.pop_front();
    if (!guest->go) continue;  // it has left the line
    guest->has_place = true;
    ++state->taken;
    guest->patience = state->timers.after(
        kLongest, [weak = std::weak_ptr<State>(state), left = std::weak_ptr<Guest>(guest)] {
          const auto alive = weak.lock();
          const auto slow = left.lock();
          if (alive && slow) give_back(alive, *slow);
        });
    const auto go = std::exchange(guest->go, nullptr);
    go();
  }
}

void HandshakeQueue::give_back(const std::shared_ptr<State>& state, Guest& guest) {
  if (!std::exchange(guest.has_place, false)) return;
  --state->taken;
  serve_soon(state);
}

}  // namespace imapkeep
