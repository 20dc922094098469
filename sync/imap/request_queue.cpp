#include "sync/imap/request_queue.h"

#include <algorithm>
#include <utility>

namespace imapkeep::imap {
namespace {

// Dovecot works on a queue of four, and what is beyond waits in its socket; but where a round trip
// takes long, a small folder's few commands must be there before its turn comes.
constexpr std::size_t kMostInFlight = 8;

}  // namespace

void RequestQueue::send_next(const CommandContext& context, const Send& send) {
  bool first = true;
  bool spent = true;  // all before
  for (const auto& request : requests_) {
    const Order order = request->order();
    if (!first && (order == Order::kAlone || (order == Order::kTurns && !spent))) break;
    first = false;
    while (in_flight_.size() < kMostInFlight) {
      const auto command = request->next(context);
      if (!command) break;
      const CommandId id = send(*request, *command);
      ++request->in_flight;
      in_flight_.push_back({id, request});
    }
    if (order == Order::kAlone || in_flight_.size() >= kMostInFlight) break;
    spent = spent && request->spent();
  }
}

RequestQueue::Requests RequestQueue::in_progress() const {
  Requests found;
  for (const auto& request : requests_) {
    if (request->in_flight == 0) continue;
    const bool turns = request->order() == Order::kTurns;
    if (turns && !found.empty()) break;  // the server has not come to it yet
    found.push_back(request);
    if (turns) break;
  }
  return found;
}

bool RequestQueue::idles() const {
  return !in_flight_.empty() && in_flight_.front().request->effect() == Effect::kIdles;
}

bool RequestQueue::is_out_of_turn(CommandId id) const {
  if (in_flight_.empty() || in_flight_.front().id == id) return false;
  return std::any_of(in_flight_.begin(), in_flight_.end(), [id](const InFlight& sent) {
    return sent.id == id && sent.request->order() == Order::kTurns;
  });
}

std::shared_ptr<Request> RequestQueue::find(CommandId id) const {
  for (const auto& sent : in_flight_) {
    if (sent.id == id) return sent.request;
  }
  return nullptr;
}

std::shared_ptr<Request> RequestQueue::take(CommandId id) {
  const auto found = std::find_if(in_flight_.begin(), in_flight_.end(),
                                  [id](const InFlight& sent) { return sent.id == id; });
  if (found == in_flight_.end()) return nullptr;
  auto request = std::move(found->request);
  in_flight_.erase(found);
  --request->in_flight;
  return request;
}

void RequestQueue::answer_done() {
  if (is_answering_) return;
  is_answering_ = true;
  while (!is_closed_ && !requests_.empty() && requests_.front()->done()) take_first()->answer();
  is_answering_ = false;
}

void RequestQueue::close() {
  is_closed_ = true;
  in_flight_.clear();
}

std::shared_ptr<Request> RequestQueue::take_first() {
  auto request = std::move(requests_.front());
  requests_.pop_front();
  return request;
}

void RequestQueue::fail_all(const Error& why) {
  for (const auto& request : std::exchange(requests_, {})) {
    if (is_cancelled_) {
      request->cancel();
    } else {
      request->fail(why);
    }
  }
}

void RequestQueue::cancel_all() {
  is_cancelled_ = true;
  for (const auto& request : std::exchange(requests_, {})) request->cancel();
}

}  // namespace imapkeep::imap
