// Brings the body of a FETCH response to the BodySink of the request that asked for it. Which
// message it is becomes certain only when the response is complete, since UID may stand behind
// BODY[]; until then it goes to the oldest request in flight, because servers answer in order. A
// body that turns out to be somebody else's, or nobody's, is void: it will be asked for again.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "sync/imap/requests/request.h"

namespace imapkeep::imap {

class BodyRouter {
 public:
  using Requests = std::vector<std::shared_ptr<Request>>;

  /// `in_progress`: the requests with commands in flight, oldest first.
  void begin(std::uint64_t size, const Requests& in_progress);
  void bytes(ByteView bytes);
  /// What streams in was asked for, though perhaps nobody wants it any more.
  [[nodiscard]] bool asked_for() const { return owner_ != nullptr; }
  /// The FETCH response whose line has now ended; only with body != kNone.
  void complete(const FetchResponse& response, const Requests& in_progress);
  /// The connection is lost: what began will not end.
  void abandon();

 private:
  void void_current();
  [[nodiscard]] BodySink* current() const { return owner_ ? owner_->sink() : nullptr; }

  std::shared_ptr<Request> owner_;
  bool in_response_ = false;  ///< a body was seen in the response being read
  bool begun_ = false;        ///< the sink was told a begin and not yet an end
};

}  // namespace imapkeep::imap
