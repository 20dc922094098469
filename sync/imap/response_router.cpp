#include "sync/imap/response_router.h"

namespace imapkeep::imap {

std::optional<Error> ResponseRouter::untagged(const Response& response, Moment moment) {
  if (server_.take(response, moment.is_trusted, moment.during_login)) return std::nullopt;
  const auto in_progress = queue_.in_progress();
  const auto* fetch = std::get_if<FetchResponse>(&response);
  if (fetch != nullptr && fetch->body != FetchResponse::Body::kNone) {
    bodies_.complete(*fetch, in_progress);
    // Flags that rode along are news like any other.
    if (fetch->uid && fetch->flags) tell(response, in_progress, moment);
    return std::nullopt;
  }
  for (const auto& request : in_progress) {
    if (!request->take(response)) continue;
    talk_.claimed();
    return request->too_much();
  }
  tell(response, in_progress, moment);
  return std::nullopt;
}

void ResponseRouter::tell(const Response& response, const RequestQueue::Requests& in_progress,
                          Moment moment) {
  if (!moment.is_ready) return;
  unsolicited_.tell(response, in_progress.empty() ? nullptr : in_progress.front()->selects(),
                    session_);
}

void ResponseRouter::note_reply(const Request& request, const StatusResponse& reply) {
  const auto* mailbox = request.selects();
  if (mailbox == nullptr) return;
  unsolicited_.selected(reply.kind == StatusKind::kOk ? *mailbox : MailboxName());
}

}  // namespace imapkeep::imap
