#include "sync/imap/connection.h"

#include <utility>

#include "sync/imap/driver.h"
#include "sync/imap/requests/fetch_requests.h"
#include "sync/imap/requests/folder_requests.h"
#include "sync/imap/requests/header_request.h"
#include "sync/imap/requests/simple_requests.h"

namespace imapkeep::imap {

class Connection::Impl {
 public:
  Impl(Deps deps, ServerOptions options)
      : made_ms(unix_ms(deps.clock.wall_now())),
        driver(std::make_shared<Driver>(std::move(deps), std::move(options))) {}

  template <class Asked, class Answer, class... Arguments>
  Operation ask(Completion<Answer> done, Arguments&&... arguments) {
    const Pending<Answer> pending(std::move(done));
    return driver->ask(std::make_shared<Asked>(std::forward<Arguments>(arguments)..., pending),
                       pending);
  }

  std::int64_t made_ms;
  std::shared_ptr<Driver> driver;
  std::shared_ptr<std::uint64_t> unreadable_folders = std::make_shared<std::uint64_t>(0);
};

Connection::Connection(Deps deps, ServerOptions options)
    : impl_(std::make_unique<Impl>(std::move(deps), std::move(options))) {}

Connection::~Connection() { impl_->driver->abandon(); }

Operation Connection::open(Credentials credentials, Completion<Done> done) {
  return impl_->driver->open(std::move(credentials), std::move(done));
}

const Capabilities& Connection::capabilities() const {
  return impl_->driver->session().capabilities();
}

std::int64_t Connection::made_ms() const { return impl_->made_ms; }

const std::string& Connection::server_name() const { return impl_->driver->server_name(); }

const Namespaces& Connection::namespaces() const { return impl_->driver->namespaces(); }

NameEncoding Connection::name_encoding() const { return impl_->driver->session().name_encoding(); }

Operation Connection::list(Completion<std::vector<ListedMailbox>> done) {
  return impl_->ask<ListRequest>(std::move(done), impl_->unreadable_folders);
}

std::uint64_t Connection::unreadable_folders() const { return *impl_->unreadable_folders; }

Operation Connection::status(const MailboxName& name, Completion<MailboxStatus> done) {
  return impl_->ask<StatusRequest>(std::move(done), name);
}

Operation Connection::examine(const MailboxName& name, Completion<Examined> done) {
  return impl_->ask<ExamineRequest>(std::move(done), name);
}

Operation Connection::search_all(std::uint64_t exists, Completion<UidSet> done) {
  return impl_->ask<SearchRequest>(std::move(done), exists);
}

Operation Connection::fetch_facts(const UidSet& uids, std::function<void(const MessageFacts&)> each,
                                  Completion<Done> done) {
  return impl_->ask<FactsRequest>(std::move(done), uids, FactsRequest::Kind{}, std::move(each));
}

Operation Connection::fetch_changed_facts(const UidSet& uids, std::optional<ModSeq> changed_since,
                                          std::function<void(const MessageFacts&)> each,
                                          Completion<Done> done) {
  return impl_->ask<FactsRequest>(std::move(done), uids, FactsRequest::Kind{false, changed_since},
                                  std::move(each));
}

Operation Connection::fetch_flags(const UidSet& uids, std::optional<ModSeq> changed_since,
                                  std::function<void(const MessageFacts&)> each,
                                  Completion<Done> done) {
  return impl_->ask<FactsRequest>(std::move(done), uids, FactsRequest::Kind{true, changed_since},
                                  std::move(each));
}

Operation Connection::fetch_bodies(const UidSet& uids, BodySink& sink, Completion<FetchEnd> done) {
  return impl_->ask<BodiesRequest>(std::move(done), uids, false, sink);
}

Operation Connection::fetch_part(Uid uid, BodyPart part, BodySink& sink,
                                 Completion<FetchEnd> done) {
  return impl_->ask<BodiesRequest>(std::move(done), uid, part, sink);
}

Operation Connection::fetch_messages(const UidSet& uids, BodySink& sink,
                                     Completion<FetchEnd> done) {
  return impl_->ask<BodiesRequest>(std::move(done), uids, true, sink);
}

Operation Connection::fetch_headers(const UidSet& uids,
                                    std::function<void(Uid uid, const std::string& header)> each,
                                    Completion<Done> done) {
  return impl_->ask<HeaderRequest>(std::move(done), uids, std::move(each));
}

Operation Connection::idle(Completion<Done> done) {
  return impl_->ask<IdleRequest>(std::move(done));
}

void Connection::end_idle() { impl_->driver->end_idle(); }

Operation Connection::noop(Completion<Done> done) {
  return impl_->ask<NoopRequest>(std::move(done));
}

Operation Connection::logout(Completion<Done> done) {
  return impl_->ask<LogoutRequest>(std::move(done));
}

const Credentials* Connection::refused_token() const {
  return impl_->driver->end().refused_token();
}

const Credentials* Connection::unanswered_token() const {
  return impl_->driver->end().unanswered_token();
}

bool Connection::broke_by_compress() const { return impl_->driver->end().broke_by_compress(); }

void Connection::doubt() { impl_->driver->doubt(); }
void Connection::set_events(MailboxEvents* events) { impl_->driver->set_events(events); }
void Connection::forget_events(const MailboxEvents* events) {
  impl_->driver->forget_events(events);
}
void Connection::pause() { impl_->driver->pause(); }
void Connection::resume() { impl_->driver->resume(); }

std::uint64_t Connection::bytes_received() const { return impl_->driver->bytes_received(); }

}  // namespace imapkeep::imap
