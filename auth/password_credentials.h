// Credentials with a password that is read anew at each get(), off the loop, so that a changed file
// is used at the next login.
#pragma once

#include <string>

#include "auth/credentials.h"
#include "auth/secret_options.h"
#include "auth/secret_source.h"
#include "daemon/base/workers.h"

namespace imapkeep {

class PasswordCredentials final : public CredentialSource {
 public:
  /// `strand` is one on which a slow command may keep others waiting: PoolKind::kCommands.
  PasswordCredentials(std::string user, std::string authzid, SecretOptions password,
                      SecretSource secrets, Strand& strand, std::string mechanism = {});
  [[nodiscard]] Operation get(Completion<Credentials> done) override;

 private:
  std::string user_;
  std::string authzid_;
  std::string mechanism_;
  SecretOptions password_;
  SecretSource secrets_;
  Strand& strand_;
};

}  // namespace imapkeep
