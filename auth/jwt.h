// Signed JSON Web Tokens (RFC 7519, in RFC 7515's compact form) as OAuth wants them for assertions,
// with an RSA key. Pure: time and chance come in as values.
#pragma once

#include <string>
#include <string_view>

#include "daemon/base/clock.h"
#include "daemon/base/result.h"
#include "daemon/base/secret.h"

namespace imapkeep {

enum class JwtAlgorithm {
  kRs256,  ///< PKCS #1 v1.5
  kPs256,  ///< PSS, with a salt as long as the digest
};

/// Empty: left out.
struct Jwt {
  JwtAlgorithm algorithm = JwtAlgorithm::kRs256;
  std::string key_id;              ///< `kid`
  std::string certificate_digest;  ///< `x5t#S256`
  std::string issuer;
  std::string subject;
  std::string audience;
  std::string scope;
  std::string id;  ///< `jti`
  WallTime issued;
  WallTime expires;
};

/// `private_key`: PEM, without a passphrase. Errors are kConfig and have no subject: "is not …".
Result<Secret> signed_jwt(const Jwt& jwt, const Secret& private_key);

/// SHA-256 of the certificate itself, as `x5t#S256` has it (RFC 7515 §4.1.8). `pem`: the first
/// certificate in it counts. Errors as above.
Result<std::string> certificate_digest(std::string_view pem);

}  // namespace imapkeep
