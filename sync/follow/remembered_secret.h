// Which secret was used last, by its digest: a refusal is of that one, whatever stands in the
// operator's file by the time that the server has said it. And whether logins have gone over to
// another token: then the one before may have ended, and taken its sessions with it.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "auth/credentials.h"
#include "daemon/base/hash.h"

namespace imapkeep {

class RememberedSecret final : public CredentialSource {
 public:
  explicit RememberedSecret(CredentialSource& source) : source_(source) {}

  [[nodiscard]] Operation get(Completion<Credentials> done) override {
    return source_.get([this, done = std::move(done)](Result<Credentials> credentials) {
      used_ = digest_of(credentials);
      if (credentials) is_token_ = credentials->proof == Credentials::Proof::kAccessToken;
      done(std::move(credentials));
    });
  }
  [[nodiscard]] bool refused(const Credentials& used) override { return source_.refused(used); }
  [[nodiscard]] bool unanswered(const Credentials& used) override {
    return source_.unanswered(used);
  }
  void accepted(const Credentials& used) override {
    if (used.proof == Credentials::Proof::kAccessToken) {
      const auto taken = digest_of(used);
      took_another_ = took_another_ || taken != taken_;
      taken_ = taken;
    }
    source_.accepted(used);
  }
  [[nodiscard]] bool needs_login() const override { return source_.needs_login(); }
  void retry_now() override { source_.retry_now(); }
  /// Nothing: there was none to use.
  [[nodiscard]] const std::optional<std::string>& used() const { return used_; }
  [[nodiscard]] bool is_token() const { return is_token_; }
  /// Since this was asked before, a login went through with another token than those before it.
  [[nodiscard]] bool took_another_token() { return std::exchange(took_another_, false); }

  static std::optional<std::string> digest_of(const Result<Credentials>& credentials) {
    if (!credentials) return std::nullopt;
    // Each token is another one, whoever had it renewed: it may be good where the last was not.
    if (credentials->proof == Credentials::Proof::kAccessToken) {
      return Sha256::of(credentials->consent + ' ' + std::to_string(credentials->generation)).hex();
    }
    return Sha256::of(credentials->secret.reveal()).hex();
  }

 private:
  CredentialSource& source_;
  std::optional<std::string> used_;
  std::optional<std::string> taken_;  ///< the last token that a login went through with
  bool took_another_ = false;
  bool is_token_ = false;
};

}  // namespace imapkeep
