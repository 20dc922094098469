// What a provider has granted: the tokens and what they are for, as the vault keeps them. A grant
// belongs to an issuer, a client, a user and a scope; accounts that agree in all four share one.
// The generation counts the tokens that were written, so that a process can tell that another one
// has refreshed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/base/clock.h"
#include "daemon/base/result.h"
#include "daemon/base/secret.h"

namespace imapkeep {

struct GrantKey {
  std::string issuer;  ///< or the token endpoint, where no issuer is configured
  std::string client_id;
  std::string user;
  std::string scope;  ///< as asked for

  /// 32 hex digits; the name of the grant's file.
  [[nodiscard]] std::string id() const;
  bool operator==(const GrantKey&) const = default;
};

/// What the provider last said instead of giving a token, for the processes after this one.
struct GrantRefusal {
  bool is_final = false;  ///< the grant has ended, and no amount of asking helps
  std::string why;        ///< a sentence without a secret
  WallTime at;
  WallTime not_before;  ///< when it may be asked again, unless it is final
};

struct Grant {
  GrantKey key;
  std::string token_endpoint;     ///< as the login found it
  bool secret_in_header = false;  ///< the endpoint takes a client secret by HTTP Basic alone
  std::string granted_scope;      ///< empty: as asked for
  Secret access_token;
  Secret refresh_token;
  Secret previous_refresh_token;  ///< for a person to look at after a disaster; never sent
  WallTime granted;               ///< when a person last consented; refreshing does not change it
  WallTime obtained;              ///< the access token
  WallTime expires;               ///< the access token
  std::optional<WallTime> refresh_expires;
  std::uint64_t generation = 0;  ///< one more with every login and every renewal
  std::optional<GrantRefusal> refusal;
};

/// JSON, in one line.
Secret grant_to_json(const Grant& grant);
/// Errors: kStore, without a subject: "holds no grant".
Result<Grant> grant_from_json(std::string_view json);

}  // namespace imapkeep
