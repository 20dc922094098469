// Which secret was used last, by its digest: a refusal is of that one, whatever stands in the
// operator's file by the time that the server has said it.
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
      done(std::move(credentials));
    });
  }
  [[nodiscard]] bool refused(const Credentials& used) override { return source_.refused(used); }
  [[nodiscard]] bool needs_login() const override { return source_.needs_login(); }
  void hurry() override { source_.hurry(); }
  /// Nothing: there was none to use.
  [[nodiscard]] const std::optional<std::string>& used() const { return used_; }

  static std::optional<std::string> digest_of(const Result<Credentials>& credentials) {
    if (!credentials) return std::nullopt;
    // A token is renewed every hour; what was refused is the consent that it comes of.
    if (!credentials->consent.empty()) return Sha256::of(credentials->consent).hex();
    return Sha256::of(credentials->secret.reveal()).hex();
  }

 private:
  CredentialSource& source_;
  std::optional<std::string> used_;
};

}  // namespace imapkeep
