// Credentials with an access token, which a TokenKeeper has ready or renews. Accounts that live on
// one grant share one keeper.
#pragma once

#include <memory>
#include <string>

#include "auth/credentials.h"
#include "auth/token_keeper.h"

namespace imapkeep {

class OAuthCredentials final : public CredentialSource {
 public:
  /// `user`: the IMAP user, who may be another than the one who consented (a shared mailbox).
  OAuthCredentials(std::string account, std::string user, std::string mechanism,
                   std::shared_ptr<TokenKeeper> keeper);
  [[nodiscard]] Operation get(Completion<Credentials> done) override;
  [[nodiscard]] bool refused(const Credentials& used) override;
  [[nodiscard]] bool needs_login() const override { return keeper_->needs_login(); }
  void hurry() override { keeper_->hurry(); }

 private:
  std::string account_;
  std::string user_;
  std::string mechanism_;
  std::shared_ptr<TokenKeeper> keeper_;
};

}  // namespace imapkeep
