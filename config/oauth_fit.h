// Whether the values below `oauth` go together: what a flow needs, what a provider has, and who may
// consent for whom. Each complaint says what to write instead.
#pragma once

#include <string>

#include "config/account_keys.h"

namespace imapkeep {

struct OAuthFit {
  const YamlEntry& entry;  ///< `oauth`, a map
  const AccountKeys& keys;
  const Provider* provider;  ///< null: none
  const OAuthOptions& options;
  const std::string& user;  ///< the account's; empty: it has `users`, or a complaint
};

void check_oauth_fit(const OAuthFit& fit);

}  // namespace imapkeep
