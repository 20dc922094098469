#include "sync/imap/body_router.h"

#include <utility>

#include "sync/imap/requests/fetch_requests.h"

namespace imapkeep::imap {

void BodyRouter::begin(std::uint64_t size, const Requests& in_progress) {
  if (in_response_) return void_current();  // a second body in one response: which is the message?
  in_response_ = true;
  for (const auto& request : in_progress) {
    if (!request->asks_bodies()) continue;
    owner_ = request;
    break;
  }
  if (auto* sink = current()) {
    begun_ = true;
    sink->on_body_begin(size);
  }
}

void BodyRouter::bytes(ByteView bytes) {
  auto* sink = current();
  if (begun_ && sink) sink->on_body_bytes(bytes);
}

void BodyRouter::complete(const FetchResponse& response, const Requests& in_progress) {
  const auto owner = std::exchange(owner_, nullptr);
  const bool begun = std::exchange(begun_, false);
  const bool seen = std::exchange(in_response_, false);
  if (seen) {
    auto* sink = owner ? owner->sink() : nullptr;
    if (!begun || !sink) return;
    if (response.body == FetchResponse::Body::kStreamed && response.uid) {
      for (const auto& request : in_progress) {
        if (request->sink() == sink && request->asked_body(*response.uid, response.body_origin)) {
          MessageFacts facts = facts_of(response);
          request->bound(facts);
          return sink->on_body_end(facts);
        }
      }
    }
    return sink->on_body_void(std::nullopt);
  }
  if (response.body != FetchResponse::Body::kNil || !response.uid) return;
  for (const auto& request : in_progress) {
    if (!request->asked_body(*response.uid, response.body_origin)) continue;
    if (auto* sink = request->sink()) return sink->on_body_void(response.uid);
  }
}

void BodyRouter::abandon() {
  void_current();
  owner_.reset();
  in_response_ = false;
}

void BodyRouter::void_current() {
  auto* sink = current();
  if (std::exchange(begun_, false) && sink) sink->on_body_void(std::nullopt);
}

}  // namespace imapkeep::imap
