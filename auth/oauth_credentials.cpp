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
  return used.proof == Credentials::Proof::kAccessToken && keeper_->refused(used.generation);
}

}  // namespace imapkeep
