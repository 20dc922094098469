#include "sync/imap/unsolicited.h"

#include "daemon/base/bytes.h"
#include "sync/imap/requests/fetch_requests.h"
#include "sync/imap/requests/mailbox_answers.h"

namespace imapkeep::imap {

void Unsolicited::tell(const Response& response, const MailboxName* selecting,
                       const Session& session) {
  if (events_ == nullptr) return;
  if (const auto* exists = std::get_if<ExistsResponse>(&response)) {
    events_->on_exists(exists->count);
  } else if (const auto* fetch = std::get_if<FetchResponse>(&response)) {
    events_->on_flags(facts_of(*fetch));
  } else if (std::holds_alternative<ExpungeResponse>(response)) {
    events_->on_expunged();
  } else if (const auto* vanished = std::get_if<VanishedResponse>(&response)) {
    tell_vanished(*vanished, selecting);
  } else if (const auto* data = std::get_if<StatusDataResponse>(&response)) {
    events_->on_status(MailboxName::from_server(data->name, session.name_encoding()),
                       status_of(*data));
  } else if (const auto* listed = std::get_if<ListResponse>(&response)) {
    events_->on_listed(mailbox_of(*listed, session.name_encoding()));
  } else if (const auto* status = std::get_if<StatusResponse>(&response)) {
    if (status->code) tell_code(*status->code);
  } else if (const auto* unknown = std::get_if<UnknownResponse>(&response)) {
    // It could not be read; that it is about a message's flags is all the same.
    if (unknown->name == "FETCH") events_->on_flags(MessageFacts{});
  }
}

// Outside of a selection nobody has asked for what has vanished earlier: it is believed as if it
// had vanished now.
void Unsolicited::tell_vanished(const VanishedResponse& vanished, const MailboxName* selecting) {
  if (vanished.earlier && selecting != nullptr) {
    events_->on_vanished_earlier(*selecting, vanished.uids);
  } else {
    events_->on_vanished(mailbox_, vanished.uids);
  }
}

void Unsolicited::tell_code(const ResponseCode& code) {
  for (const auto* about : {"UIDVALIDITY", "UIDNEXT", "HIGHESTMODSEQ", "CLOSED"}) {
    if (code.name == about) return events_->on_code(code.name, parse_u64(code.rest).value_or(0));
  }
}

}  // namespace imapkeep::imap
