// What `imapkeep status` says of an account's tokens: what the vault holds, read without asking
// anybody and without any secret but the vault's own key.
#pragma once

#include <map>
#include <string>

#include "auth/vault.h"
#include "config/settings.h"
#include "daemon/base/ports.h"

namespace imapkeep {

struct TokenFacts {
  bool is_there = false;
  bool has_own_key = false;  ///< nobody has to log in
  WallTime granted;          ///< by a person
  WallTime obtained;
  WallTime expires;
  std::string ended;  ///< the provider's reason for giving no token any more; empty: it gives them
  WallTime ended_at;
  std::string trouble;  ///< why nothing is known of it; empty: something is
};

/// By account; accounts with a password are not in it.
using TokenStates = std::map<std::string, TokenFacts>;

/// Blocks. `vault`: or why there is none.
TokenStates look_at_tokens(const Ports& ports, const Settings& settings,
                           const Result<Vault>& vault);

}  // namespace imapkeep
