#include "auth/oauth_credentials.h"

#include <utility>

namespace imapkeep {

OAuthCredentials::OAuthCredentials(std::string account, std::string user, std::string mechanism,
                                   std::shared_ptr<TokenKeeper> keeper)
    : account_(std::move(account)),
      user_(std::move(user)),
      mechanism_(std::move(mechanism)),
      keeper_(std::move(keeper)) {}

Operation OAuthCredentials::get(Completion<Credentials> done) {
  return keeper_->get([this, done = std::move(done)](const Result<AccessToken>& token) {
    if (!token) {
      Error error = token.error();
      if (keeper_->needs_login()) error.what += "; run `imapkeep login " + account_ + "`";
      return done(error);
    }
    Credentials credentials;
    credentials.user = user_;
    credentials.secret = token->token;
    credentials.proof = Credentials::Proof::kAccessToken;
    credentials.mechanism = mechanism_;
    credentials.consent = token->consent;
    credentials.expires = token->expires;
    credentials.generation = token->generation;
    done(std::move(credentials));
  });
}

bool OAuthCredentials::refused(const Credentials& used) {
  if (used.proof != Credentials::Proof::kAccessToken) return false;
  // Several connections may tell of the end of one token.
  const bool is_told = refusals_ > 0 && last_refused_ == used.generation;
  if (!is_told) ++refusals_;
  last_refused_ = used.generation;
  return keeper_->refused(used.generation, refusals_ - 1);
}

bool OAuthCredentials::unanswered(const Credentials& used) {
  if (used.proof != Credentials::Proof::kAccessToken) return false;
  const bool is_again = last_unanswered_ == used.generation;
  last_unanswered_ = used.generation;
  return is_again && refused(used);
}

void OAuthCredentials::accepted(const Credentials& used) {
  if (used.proof != Credentials::Proof::kAccessToken) return;
  refusals_ = 0;
  last_unanswered_.reset();
  keeper_->accepted(used.generation);
}

}  // namespace imapkeep
