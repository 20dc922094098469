#include "sync/imap/header_question.h"

#include <utility>

#include "sync/imap/failures.h"

namespace imapkeep::imap {

HeaderQuestion::HeaderQuestion(UidSet uids, Each each, Pending<Done> pending)
    : QuestionFor("fetching headers of " + std::to_string(uids.count()) + " messages",
                  std::move(pending)),
      uids_(std::move(uids)),
      each_(std::move(each)) {
  if (uids_.empty()) settle(Done{});
}

std::optional<Command> HeaderQuestion::next(const Surroundings&) {
  if (sent_ || settled()) return std::nullopt;
  sent_ = true;
  return uid_fetch_headers(uids_);
}

bool HeaderQuestion::take(const Response& response) {
  const auto* fetched = std::get_if<FetchResponse>(&response);
  if (!fetched || !fetched->header || fetched->body != FetchResponse::Body::kNone) return false;
  if (!fetched->uid || !uids_.contains(*fetched->uid)) return false;
  // A copy: the call may cancel this question and with it the function that runs.
  if (const Each each = each_) each(*fetched->uid, *fetched->header);
  return true;
}

void HeaderQuestion::replied(CommandId, const StatusResponse& reply) {
  if (reply.kind != StatusKind::kOk) return settle_error(refused(reply, Asked::kFolder));
  settle(Done{});
}

void HeaderQuestion::cancel() {
  Question::cancel();
  each_ = nullptr;
}

}  // namespace imapkeep::imap
