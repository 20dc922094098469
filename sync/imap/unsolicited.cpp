#include "sync/imap/unsolicited.h"

#include "daemon/base/bytes.h"
#include "sync/imap/requests/fetch_requests.h"

namespace imapkeep::imap {

void Unsolicited::tell(const Response& response) {
  if (events_ == nullptr) return;
  if (const auto* exists = std::get_if<ExistsResponse>(&response)) {
    events_->on_exists(exists->count);
  } else if (const auto* fetch = std::get_if<FetchResponse>(&response)) {
    events_->on_flags(facts_of(*fetch));
  } else if (std::holds_alternative<ExpungeResponse>(response) ||
             std::holds_alternative<VanishedResponse>(response)) {
    events_->on_expunged();
  } else if (const auto* status = std::get_if<StatusResponse>(&response)) {
    if (status->code) tell_code(*status->code);
  } else if (const auto* unknown = std::get_if<UnknownResponse>(&response)) {
    // It could not be read; that it is about a message's flags is all the same.
    if (unknown->name == "FETCH") events_->on_flags(MessageFacts{});
  }
}

void Unsolicited::tell_code(const ResponseCode& code) {
  for (const auto* about : {"UIDVALIDITY", "UIDNEXT", "HIGHESTMODSEQ", "CLOSED"}) {
    if (code.name == about) return events_->on_code(code.name, parse_u64(code.rest).value_or(0));
  }
}

}  // namespace imapkeep::imap
