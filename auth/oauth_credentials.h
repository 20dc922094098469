// Credentials with an access token, which a TokenKeeper has ready or renews. Accounts that live on
// one grant share one keeper; each counts for itself how often it was refused, since one of them
// may have lost its rights while the token is as good as ever for the others.
#pragma once

#include <memory>
#include <optional>
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
  [[nodiscard]] bool unanswered(const Credentials& used) override;
  void accepted(const Credentials& used) override;
  [[nodiscard]] bool needs_login() const override { return keeper_->needs_login(); }
  void retry_now() override {
    refusals_ = 0;
    keeper_->retry_now();
  }

 private:
  std::string account_;
  std::string user_;
  std::string mechanism_;
  std::shared_ptr<TokenKeeper> keeper_;
  unsigned refusals_ = 0;  ///< tokens, since a login of this account went through
  std::uint64_t last_refused_ = 0;
  std::optional<std::uint64_t> last_unanswered_;  ///< since a login went through
};

}  // namespace imapkeep
