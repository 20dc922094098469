#include "sync/imap/source_connection.h"

#include <utility>

#include "sync/imap/connection_impl.h"
#include "sync/imap/requests/fetch_requests.h"
#include "sync/imap/requests/folder_requests.h"
#include "sync/imap/requests/header_request.h"
#include "sync/imap/requests/simple_requests.h"

namespace imapkeep::imap {

Operation SourceConnection::examine(const MailboxName& name, Completion<Examined> done) {
  return impl().ask<ExamineRequest>(std::move(done), name);
}

Operation SourceConnection::search_all(std::uint64_t exists, Completion<UidSet> done) {
  return impl().ask<SearchRequest>(std::move(done), exists);
}

Operation SourceConnection::fetch_facts(const UidSet& uids,
                                        std::function<void(const MessageFacts&)> each,
                                        Completion<Done> done) {
  return impl().ask<FactsRequest>(std::move(done), uids, FactsRequest::Kind{}, std::move(each));
}

Operation SourceConnection::fetch_changed_facts(const UidSet& uids,
                                                std::optional<ModSeq> changed_since,
                                                std::function<void(const MessageFacts&)> each,
                                                Completion<Done> done) {
  return impl().ask<FactsRequest>(std::move(done), uids, FactsRequest::Kind{false, changed_since},
                                  std::move(each));
}

Operation SourceConnection::fetch_flags(const UidSet& uids, std::optional<ModSeq> changed_since,
                                        std::function<void(const MessageFacts&)> each,
                                        Completion<Done> done) {
  return impl().ask<FactsRequest>(std::move(done), uids, FactsRequest::Kind{true, changed_since},
                                  std::move(each));
}

Operation SourceConnection::fetch_bodies(const UidSet& uids, BodySink& sink,
                                         Completion<FetchEnd> done) {
  return impl().ask<BodiesRequest>(std::move(done), uids, false, sink);
}

Operation SourceConnection::fetch_part(Uid uid, BodyPart part, BodySink& sink,
                                       Completion<FetchEnd> done) {
  return impl().ask<BodiesRequest>(std::move(done), uid, part, sink);
}

Operation SourceConnection::fetch_messages(const UidSet& uids, BodySink& sink,
                                           Completion<FetchEnd> done) {
  return impl().ask<BodiesRequest>(std::move(done), uids, true, sink);
}

Operation SourceConnection::fetch_headers(
    const UidSet& uids, std::function<void(Uid uid, const std::string& header)> each,
    Completion<Done> done) {
  return impl().ask<HeaderRequest>(std::move(done), uids, std::move(each));
}

Operation SourceConnection::idle(Completion<Done> done) {
  return impl().ask<IdleRequest>(std::move(done));
}

void SourceConnection::end_idle() { impl().driver->end_idle(); }

void SourceConnection::set_events(MailboxEvents* events) { impl().driver->set_events(events); }

void SourceConnection::forget_events(const MailboxEvents* events) {
  impl().driver->forget_events(events);
}

void SourceConnection::pause() { impl().driver->pause(); }

void SourceConnection::resume() { impl().driver->resume(); }

}  // namespace imapkeep::imap
