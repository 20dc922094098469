#include "daemon/app/commands/login_proof.h"

#include <utility>

#include "daemon/app/commands/login_remedies.h"
#include "daemon/base/bytes.h"

namespace imapkeep {
namespace {

constexpr int kMostTries = 3;
constexpr Duration kAgain = std::chrono::seconds(3);

/// Exchange's words for a token that is somebody else's, or a mailbox without IMAP.
bool is_hollow(const Error& error) {
  return error.what.find("authenticated but not connected") != std::string::npos;
}

}  // namespace

LoginProof::LoginProof(imap::SourceConnection::Deps deps, const AccountSettings& account)
    : deps_(std::move(deps)), account_(account) {}

Operation LoginProof::start(Credentials credentials, Completion<std::size_t> done) {
  credentials_ = std::move(credentials);
  done_ = Pending<std::size_t>(std::move(done));
  try_once();
  return done_.operation([this] {
    operation_.cancel();
    connection_.reset();
  });
}

void LoginProof::try_once() {
  ++tries_;
  ServerOptions server = account_.server;
  server.compress = false;  // it is the login that is tried
  connection_ = std::make_unique<imap::SourceConnection>(deps_, std::move(server));
  operation_ = connection_->open(credentials_, [this](const Result<Done>& opened) {
    if (!opened) return fail(opened.error());
    list();
  });
}

void LoginProof::list() {
  operation_ = connection_->list([this](const Result<std::vector<imap::ListedMailbox>>& listed) {
    if (!listed) return fail(listed.error());
    log_out(listed->size());
  });
}

void LoginProof::log_out(std::size_t folders) {
  operation_ =
      connection_->logout([this, folders](const Result<Done>&) { done_.complete(folders); });
}

void LoginProof::fail(const Error& error) {
  const bool may_pass = error.remedy == Remedy::kRetrySoon || error.remedy == Remedy::kRetryLater;
  if (may_pass && tries_ < kMostTries) {
    deps_.log.info("tried again in a moment", {{"why", error.what}});
    operation_ = deps_.timers.after(kAgain, [this] { try_once(); });
    return;
  }
  const std::string& host = account_.server.host;
  if (error.trouble != Trouble::kLogin && !is_hollow(error)) {
    Error untried = error.within("the token could not be tried at " + host +
                                 " and is not kept; log in again when it can be");
    const auto remedy = remedy_of_known_cause(error, account_);
    if (remedy && error.trouble == Trouble::kServer) untried.what += ": " + *remedy;
    return done_.complete(untried);
  }
  const std::string refused = host + " does not take this token for `" +
                              printable_utf8(account_.auth.user) + "` (" + error.what +
                              "), and it is not kept";
  if (const auto remedy = remedy_of_known_cause(error, account_))
    return done_.complete(
        Error{Remedy::kNeedsOperator, Trouble::kLogin, refused + ": " + *remedy, 0});
  done_.complete(Error{
      Remedy::kNeedsOperator, Trouble::kLogin,
      refused + ". Most often somebody else is logged in to the provider in the browser: log out "
                "there or use a private window, and log in again. Else the mailbox may have IMAP "
                "switched off, or the client no permission for it",
      0});
}

}  // namespace imapkeep
