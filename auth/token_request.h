// What is said to a token endpoint (RFC 6749 §3.2), as values: a POST of a form, with the client's
// proof in it or beside it. Nothing is sent here.
#pragma once

#include <string>
#include <string_view>

#include "auth/form.h"
#include "auth/spoken_secret.h"
#include "daemon/base/http.h"
#include "daemon/base/secret.h"

namespace imapkeep {

/// How a client proves who it is.
enum class ClientProof {
  kNone,         ///< a public client: its id stands in the form (RFC 6749 §3.2.1)
  kSecretPost,   ///< client_secret in the form
  kSecretBasic,  ///< HTTP Basic; for servers that offer nothing else
  kAssertion,    ///< a signed JWT in the form (private_key_jwt, RFC 7523 §2.2)
};

/// Whom the client talks to, and as whom.
struct TokenCaller {
  std::string endpoint;
  std::string ca_file;  ///< see HttpRequest
  std::string client_id;
  ClientProof proof = ClientProof::kNone;
  Secret secret;  ///< the client secret, or the assertion: made anew for every request
};

/// Any form to an endpoint that answers in JSON; the others are made of it. `client_id` and the
/// proof are added to `fields`.
HttpRequest oauth_post(const TokenCaller& caller, FormFields fields);

/// RFC 6749 §4.1.3 and RFC 7636 §4.5. `redirect_uri`: byte for byte that of the authorization.
HttpRequest code_request(const TokenCaller& caller, const Secret& code, const Secret& verifier,
                         std::string_view redirect_uri);
/// RFC 6749 §6; for the same scope.
HttpRequest refresh_request(const TokenCaller& caller, const Secret& refresh_token);
/// RFC 8628 §3.1, to the device authorization endpoint, and §3.4, to the token endpoint.
HttpRequest device_request(const TokenCaller& caller, std::string_view scope);
HttpRequest device_poll_request(const TokenCaller& caller, const Secret& device_code);
/// RFC 7523 §2.1: the assertion is the grant, and names its own client.
HttpRequest jwt_bearer_request(const TokenCaller& caller, const Secret& assertion);
/// RFC 6749 §4.4.
HttpRequest client_credentials_request(const TokenCaller& caller, std::string_view scope);

/// What such a request carries that nobody may be shown, wherever the answer repeats it.
SpokenSecrets secrets_in(const HttpRequest& request);

}  // namespace imapkeep
