// SCRAM-SHA-256 (RFC 5802, 7677) without channel binding: the password itself never travels, and
// the server proves that it knows it too. The names and passwords are used as they are typed
// (SASLprep changes nothing in ASCII).
#pragma once

#include <string>

#include "auth/credentials.h"
#include "auth/sasl.h"

namespace imapkeep {

class SaslScram final : public SaslMechanism {
 public:
  /// `nonce`: printable, without a comma, never used before.
  SaslScram(Credentials credentials, std::string nonce)
      : credentials_(std::move(credentials)), nonce_(std::move(nonce)) {}
  [[nodiscard]] std::string_view name() const override { return "SCRAM-SHA-256"; }
  Result<std::string> initial_response() override;
  [[nodiscard]] bool understands(std::string_view challenge) const override {
    return !challenge.empty();
  }
  Result<std::string> respond(std::string_view challenge) override;
  [[nodiscard]] bool may_succeed() const override { return stage_ == Stage::kProved; }

 private:
  enum class Stage { kFirst, kFinal, kProved };
  Result<std::string> prove(std::string_view server_first);
  Result<std::string> check(std::string_view server_final);

  Credentials credentials_;
  std::string nonce_;
  std::string gs2_;
  std::string first_bare_;
  std::string server_signature_;
  Stage stage_ = Stage::kFirst;
};

}  // namespace imapkeep
