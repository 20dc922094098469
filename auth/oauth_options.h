// How an account gets its tokens, as the operator says it; provider data is already filled in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "auth/secret_options.h"

namespace imapkeep {

enum class OAuthFlow {
  kCode,               ///< authorization code with PKCE on a loopback redirect (RFC 8252, 7636)
  kDevice,             ///< device authorization (RFC 8628)
  kServiceAccount,     ///< JWT bearer (RFC 7523) with a Google service account's key
  kClientCredentials,  ///< RFC 6749 §4.4 with a secret or a certificate assertion
};

/// Any of them may be empty and is then asked of the issuer (RFC 8414).
struct OAuthEndpoints {
  std::string authorization;
  std::string token;
  std::string device;
  std::string revocation;
  bool operator==(const OAuthEndpoints&) const = default;
};

/// Exactly one way: a file as the provider hands it out, or an id with what proves it.
struct OAuthClient {
  std::string file;  ///< Google's JSON: "installed" client, or a service account's key
  std::string id;
  std::optional<SecretOptions> secret;           ///< none: a public client
  std::optional<SecretOptions> certificate;      ///< PEM, for an assertion (RFC 7523 §2.2)
  std::optional<SecretOptions> certificate_key;  ///< PEM
  bool operator==(const OAuthClient&) const = default;
};

struct OAuthOptions {
  std::string provider;             ///< a name of config/providers, for hints; empty: none
  std::string issuer;               ///< empty: the endpoints stand below and `iss` is not looked at
  bool issuer_in_redirect = false;  ///< `iss` must be in the redirect (RFC 9207)
  OAuthEndpoints endpoints;
  OAuthClient client;
  std::string scope;  ///< as asked for, separated by blanks
  OAuthFlow flow = OAuthFlow::kCode;
  std::string user;                         ///< whose consent; empty: the account's user
  std::string redirect_host = "127.0.0.1";  ///< or "localhost", for those who know no other
  std::uint16_t redirect_port = 0;  ///< 0: any; fixed where a browser comes through `ssh -L`
  std::string ca_file;              ///< for the endpoints; PEM; empty: the system's
  bool operator==(const OAuthOptions&) const = default;
};

}  // namespace imapkeep
