#include "sync/imap/session_end.h"

#include <utility>

#include "sync/imap/failures.h"

namespace imapkeep::imap {

void SessionEnd::begins_with(const Credentials& credentials) {
  span_.token_ends = credentials.expires;
  if (credentials.proof != Credentials::Proof::kAccessToken) return;
  auto token = std::make_unique<Credentials>();
  token->user = credentials.user;
  token->authzid = credentials.authzid;
  token->proof = credentials.proof;
  token->mechanism = credentials.mechanism;
  token->consent = credentials.consent;
  token->generation = credentials.generation;
  token_ = std::move(token);
}

Error SessionEnd::ended_by(const StatusResponse& said, const LoginFlow* login, MonoTime now) {
  // Words that can be read: a server that is being restarted, perhaps.
  compress_in_doubt_ = false;
  Error why = refused(said, login != nullptr ? Asked::kLogin : Asked::kNothing);
  const bool is_verdict = login != nullptr && login->awaits_verdict() && !has_known_meaning(said);
  if (uses_token() && (blames_token(said) || why.trouble == Trouble::kLogin || is_verdict)) {
    is_refused_ = true;
    // The login had gone through: another token is all that it takes.
    if (login == nullptr) {
      why.remedy = Remedy::kRetrySoon;
      why.trouble = Trouble::kServer;
    }
  }
  if ((is_session_over(said) || is_refused_) && span_.has_lasted(now))
    why.remedy = Remedy::kReconnect;
  return why;
}

void SessionEnd::hung_up(const LoginFlow* login) {
  if (login != nullptr && login->awaits_verdict()) is_unanswered_ = true;
}

Error SessionEnd::lost(Error why, const LoginFlow* login, MonoTime now) {
  if (why.remedy == Remedy::kRetrySoon && span_.ended_with_token(now))
    why.remedy = Remedy::kReconnect;
  if (login != nullptr && login->has_refused_token()) is_refused_ = true;
  broke_by_compress_ = compress_in_doubt_;
  return why;
}

}  // namespace imapkeep::imap
