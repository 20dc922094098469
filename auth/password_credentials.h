// Credentials with a password that is read anew at each get(), off the loop, so that a changed file
// is used at the next login.
#pragma once

#include "auth/credentials.h"
#include "auth/options.h"
#include "auth/secret_source.h"
#include "daemon/base/workers.h"

namespace imapkeep {

class PasswordCredentials final : public CredentialSource {
 public:
  /// `lane` is one on which a slow command may keep others waiting: LaneKind::kResolver.
  PasswordCredentials(AuthOptions options, SecretSource secrets, Lane& lane);
  [[nodiscard]] Operation get(Completion<Credentials> done) override;

 private:
  AuthOptions options_;
  SecretSource secrets_;
  Lane& lane_;
};

}  // namespace imapkeep
