#include "auth/assertion.h"

#include "auth/jwt.h"

namespace imapkeep {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

// A clock that is a little ahead of the server's must not make the assertion one of the future.
constexpr auto kAgo = seconds(30);
// Google refuses more than an hour between the two dates; nobody needs more than minutes.
constexpr auto kLife = minutes(10);

}  // namespace

Result<Secret> delegated_grant(const GoogleServiceAccount& account, const std::string& user,
                               const std::string& scope, WallTime now) {
  Jwt jwt;
  jwt.algorithm = JwtAlgorithm::kRs256;
  jwt.key_id = account.key_id;
  jwt.issuer = account.email;
  jwt.subject = user;
  jwt.audience = account.token_endpoint;
  jwt.scope = scope;
  jwt.issued = now - kAgo;
  jwt.expires = now + kLife;
  auto made = signed_jwt(jwt, account.private_key);
  if (!made) return made.error().within("its private_key");
  return made;
}

Result<Secret> client_assertion(const ClientCertificate& client, const std::string& id,
                                WallTime now) {
  const auto digest = certificate_digest(client.certificate.reveal());
  if (!digest) return digest.error().within("the client's certificate");
  Jwt jwt;
  jwt.algorithm = JwtAlgorithm::kPs256;
  jwt.certificate_digest = *digest;
  jwt.issuer = client.client_id;
  jwt.subject = client.client_id;
  jwt.audience = client.audience;
  jwt.id = id;
  jwt.issued = now - kAgo;
  jwt.expires = now + kLife;
  auto made = signed_jwt(jwt, client.key);
  if (!made) return made.error().within("the key of the client's certificate");
  return made;
}

}  // namespace imapkeep
