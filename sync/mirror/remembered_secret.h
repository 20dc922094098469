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
  /// Nothing: there was none to use.
  [[nodiscard]] const std::optional<std::string>& used() const { return used_; }

  static std::optional<std::string> digest_of(const Result<Credentials>& credentials) {
    if (!credentials) return std::nullopt;
    return Sha256::of(credentials->password.reveal()).hex();
  }

 private:
  CredentialSource& source_;
  std::optional<std::string> used_;
};

}  // namespace imapkeep
