// Who an account logs in as, and by what proof, as the operator says it.
#pragma once

#include <string>
#include <variant>

#include "auth/oauth_options.h"
#include "auth/secret_options.h"

namespace imapkeep {

struct AuthOptions {
  std::string user;
  std::string authzid;  ///< log in as `user`, act as this (a master login); empty: the same
  std::string
      mechanism;  ///< a SASL name in upper case that is used whatever is offered; empty: the best
  std::variant<SecretOptions, OAuthOptions> proof;
  bool operator==(const AuthOptions&) const = default;
};

}  // namespace imapkeep
