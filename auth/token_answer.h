// What a token endpoint answered: tokens, or a refusal and what it means for the grant. The JSON
// member `error` decides and never the status, since a captive portal's 400 must not cost anybody a
// login; what cannot be understood is transient, and a transient refusal costs no token.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>

#include "auth/spoken_secret.h"
#include "daemon/base/error.h"
#include "daemon/base/http.h"
#include "daemon/base/secret.h"

namespace imapkeep {

struct Tokens {
  Secret access;
  Secret refresh;  ///< empty: none came, the old one stays in force
  std::chrono::seconds lifetime{3600};
  std::string scope;  ///< as granted; empty: not said, which means as asked (RFC 6749 §5.1)
  std::optional<std::chrono::seconds> refresh_lifetime;
};

struct TokenRefusal {
  enum class Kind {
    kTransient,      ///< to be tried again, not before `retry_after`
    kNeedsLogin,     ///< the grant has ended: only a person's consent helps
    kMisconfigured,  ///< client, scope or endpoint are wrong: only the configuration helps
    kPending,        ///< device: the person has not answered yet
    kSlowDown,       ///< device: poll five seconds less often, for good
    kExpired,        ///< device: the code is too old
    kDeclined,       ///< device, code: the person said no
  };
  Kind kind = Kind::kTransient;
  std::optional<std::chrono::seconds> retry_after;
  std::string error;  ///< the OAuth error code, in lower case; empty: there was none
  std::string what;   ///< a sentence, with a hint where the provider's words are known; no secret
};

using TokenAnswer = std::variant<Tokens, TokenRefusal>;

/// What had been asked: the same error means another thing to each.
enum class TokenAsk { kCode, kRefresh, kDevice, kOwnKey };  ///< kOwnKey: JWT bearer, client's own

/// `spoken`: what was sent as a secret with the question (secrets_in(), token_request.h).
TokenAnswer read_token_answer(const HttpAnswer& answer, TokenAsk asked,
                              const SpokenSecrets& spoken = {});

/// For whoever waits for tokens, and not for their renewal.
Error error_of(const TokenRefusal& refusal);

}  // namespace imapkeep
