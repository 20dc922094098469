// One attempt at the code flow: all that is chosen before the browser is sent away, and the URL
// that it is sent to (RFC 6749 §4.1.1, RFC 7636 §4.3, RFC 8252 §7.3). The listener's port is known
// before; the redirect URI says it, and is repeated byte for byte when the code is redeemed.
#pragma once

#include <cstdint>
#include <string>

#include "auth/oauth_options.h"
#include "daemon/base/random.h"
#include "daemon/base/secret.h"

namespace imapkeep {

struct AuthorizationAttempt {
  std::string redirect_host;  ///< 127.0.0.1 or localhost
  std::uint16_t port = 0;
  std::string issuer;               ///< empty: none is known, and `iss` is not looked at
  bool issuer_in_redirect = false;  ///< without `iss` the answer is refused
  Secret state;
  Secret verifier;

  /// Ends in `/`, since some providers add one and then compare.
  [[nodiscard]] std::string redirect_uri() const;
};

/// `options` with its endpoints filled in.
AuthorizationAttempt begin_attempt(const OAuthOptions& options, std::uint16_t port, Random& random);

/// Whether consent is to be asked for even where it was given before: OpenID's `offline_access`
/// counts for nothing without. Microsoft's counts, and there the question would stop whoever may
/// not answer it for his organisation.
bool must_ask_consent(const OAuthOptions& options);

/// `ask_consent`: also for a provider that remembers a consent and then hands out no refresh token.
std::string authorization_url(const OAuthOptions& options, const AuthorizationAttempt& attempt,
                              const std::string& client_id, bool ask_consent);

}  // namespace imapkeep
