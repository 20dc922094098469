// Logging in with an access token: OAUTHBEARER (RFC 7628), and XOAUTH2, which Google made before it
// and others took over. Both send the token at once. A refusal comes as a challenge in JSON, which
// has to be answered before the server says NO: with an empty line in XOAUTH2, with one 0x01 in
// OAUTHBEARER. Who answers nothing hangs.
#pragma once

#include <string>

#include "auth/credentials.h"
#include "auth/sasl.h"

namespace imapkeep {

class SaslXOAuth2 final : public SaslMechanism {
 public:
  explicit SaslXOAuth2(Credentials credentials) : credentials_(std::move(credentials)) {}
  [[nodiscard]] std::string_view name() const override { return "XOAUTH2"; }
  Result<std::string> initial_response() override;
  [[nodiscard]] bool understands(std::string_view challenge) const override;
  Result<std::string> respond(std::string_view challenge) override;
  [[nodiscard]] bool may_succeed() const override { return complaint_.empty(); }
  [[nodiscard]] std::string complaint() const override { return complaint_; }

 private:
  Credentials credentials_;
  std::string complaint_;
};

class SaslOAuthBearer final : public SaslMechanism {
 public:
  SaslOAuthBearer(Credentials credentials, SaslPeer peer)
      : credentials_(std::move(credentials)), peer_(std::move(peer)) {}
  [[nodiscard]] std::string_view name() const override { return "OAUTHBEARER"; }
  Result<std::string> initial_response() override;
  [[nodiscard]] bool understands(std::string_view challenge) const override;
  Result<std::string> respond(std::string_view challenge) override;
  [[nodiscard]] bool may_succeed() const override { return complaint_.empty(); }
  [[nodiscard]] std::string complaint() const override { return complaint_; }

 private:
  Credentials credentials_;
  SaslPeer peer_;
  std::string complaint_;
};

}  // namespace imapkeep
