#include "sync/imap/connection.h"

#include <utility>

#include "sync/imap/connection_impl.h"
#include "sync/imap/requests/folder_requests.h"
#include "sync/imap/requests/simple_requests.h"

namespace imapkeep::imap {

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

const std::string& Connection::server_name() const { return impl_->driver->server().name(); }

const Namespaces& Connection::namespaces() const { return impl_->driver->server().namespaces(); }

NameEncoding Connection::name_encoding() const { return impl_->driver->session().name_encoding(); }

Operation Connection::list(Completion<std::vector<ListedMailbox>> done) {
  return impl_->ask<ListRequest>(std::move(done), impl_->unreadable_folders);
}

std::uint64_t Connection::unreadable_folders() const { return *impl_->unreadable_folders; }

Operation Connection::status(const MailboxName& name, Completion<MailboxStatus> done) {
  return impl_->ask<StatusRequest>(std::move(done), name);
}

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

std::uint64_t Connection::bytes_received() const { return impl_->driver->bytes_received(); }

}  // namespace imapkeep::imap
