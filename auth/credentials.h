// Port: usable credentials, now. Asked for before every login, so that a changed password file or a
// refreshed token is used at the next connection without a restart.
#pragma once

#include <string>

#include "daemon/base/operation.h"
#include "daemon/base/secret.h"

namespace imapkeep {

struct Credentials {
  std::string user;     ///< authcid: whose secret it is
  std::string authzid;  ///< act as; empty: the same
  Secret password;
};

class CredentialSource {
 public:
  virtual ~CredentialSource() = default;
  /// Errors: Trouble::kLogin or kConfig, with what the operator has to do.
  [[nodiscard]] virtual Operation get(Completion<Credentials> done) = 0;
};

}  // namespace imapkeep
