// The two assertions of RFC 7523, as those who take them want them: the grant of a Google service
// account that acts for a user of its domain (§2.1), and a client's proof by certificate instead of
// a secret (§2.2), as Microsoft has it. Each is good for minutes and made for one request. Pure.
#pragma once

#include <string>
#include <string_view>

#include "auth/google_client_file.h"
#include "daemon/base/clock.h"
#include "daemon/base/result.h"
#include "daemon/base/secret.h"

namespace imapkeep {

/// developers.google.com/identity/protocols/oauth2/service-account. Errors are of the key: kConfig.
Result<Secret> delegated_grant(const GoogleServiceAccount& account, const std::string& user,
                               const std::string& scope, WallTime now);

struct ClientCertificate {
  std::string client_id;
  std::string audience;  ///< the token endpoint, or the issuer where that is not known yet
  Secret certificate;    ///< PEM
  Secret key;            ///< PEM
};
/// learn.microsoft.com/entra/identity-platform/certificate-credentials. `id`: one that was never
/// used before.
Result<Secret> client_assertion(const ClientCertificate& client, const std::string& id,
                                WallTime now);

}  // namespace imapkeep
