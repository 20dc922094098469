#include "sync/pass/account_connector.h"

#include "sync/pass/token_end.h"

namespace imapkeep {

Operation AccountConnector::start(Completion<std::unique_ptr<imap::SourceConnection>> done) {
  done_ = Pending<std::unique_ptr<imap::SourceConnection>>(std::move(done));
  Operation operation = done_.operation([this] {
    operation_.cancel();
    connection_.reset();
  });
  connect();
  return operation;
}

std::string AccountConnector::place() const {
  return server_.host + ":" + std::to_string(server_.port);
}

void AccountConnector::connect() {
  used_.reset();
  is_unanswered_ = false;
  operation_ = deps_.gate.enter(server_.host, [this](const Result<Done>&) {
    operation_ = deps_.credentials.get([this](Result<Credentials> credentials) {
      if (!credentials) return done_.complete(credentials.error());
      open(std::move(*credentials));
    });
  });
}

void AccountConnector::open(Credentials credentials) {
  ServerOptions server = server_;
  server.compress &= may_compress_ && !without_compress_ && deps_.gate.may_compress(place());
  connection_ = std::make_unique<imap::SourceConnection>(deps_.network, std::move(server));
  used_ = credentials;
  used_->secret = Secret();
  operation_ = connection_->open(std::move(credentials),
                                 [this](const Result<Done>& opened) { on_open(opened); });
}

void AccountConnector::on_open(const Result<Done>& opened) {
  if (opened) {
    deps_.credentials.accepted(*used_);
    if (without_compress_ && deps_.gate.may_compress(place())) {
      deps_.network.log.warning("COMPRESS breaks the connection, and is left out from now on",
                                {{"host", place()}});
      deps_.gate.leave_out_compress(place());
    }
    return done_.complete(std::move(connection_));
  }
  if (cure_of(*connection_, opened.error()) == Cure::kNone) {
    is_unanswered_ = connection_->unanswered_token() != nullptr;
    connection_.reset();
    return done_.complete(opened.error());
  }
  // From the loop: what has ended is still on the stack.
  operation_ = deps_.network.timers.soon([this] {
    connection_.reset();
    connect();
  });
}

AccountConnector::Cure AccountConnector::cure_of(const imap::SourceConnection& lost,
                                                 const Error& error) {
  if (lost.broke_by_compress() && !std::exchange(without_compress_, true)) {
    deps_.network.log.info("connection lost behind COMPRESS, trying without it",
                           {{"why", error.what}});
    return Cure::kWithoutCompress;
  }
  if (!tell_token_end(lost, deps_.credentials)) return Cure::kNone;
  took_another_token_ = true;
  deps_.network.log.info("token refused, another is asked for", {{"why", error.what}});
  return Cure::kAnotherToken;
}

}  // namespace imapkeep
