#include "sync/imap/requests/header_request.h"

#include <utility>

#include "sync/imap/failures.h"

namespace imapkeep::imap {

HeaderRequest::HeaderRequest(UidSet uids, Each each, Pending<Done> pending)
    : RequestFor("fetching headers of " + std::to_string(uids.count()) + " messages",
                 std::move(pending)),
      uids_(std::move(uids)),
      each_(std::move(each)) {
  if (uids_.empty()) set_result(Done{});
}

std::optional<Command> HeaderRequest::next(const CommandContext&) {
  if (sent_ || has_result()) return std::nullopt;
  sent_ = true;
  return uid_fetch_headers(uids_);
}

bool HeaderRequest::take(const Response& response) {
  const auto* fetched = std::get_if<FetchResponse>(&response);
  if (!fetched || !fetched->header || fetched->body != FetchResponse::Body::kNone) return false;
  if (!fetched->uid || !uids_.contains(*fetched->uid)) return false;
  if (!cancelled()) each_(*fetched->uid, *fetched->header);
  return true;
}

void HeaderRequest::replied(CommandId, const StatusResponse& reply) {
  if (reply.kind != StatusKind::kOk) return set_error(refused(reply, Asked::kFolder));
  set_result(Done{});
}

}  // namespace imapkeep::imap
