#include <openssl/rand.h>

#include <algorithm>
#include <utility>

#include "auth/sasl.h"
#include "auth/sasl_bearer.h"
#include "auth/sasl_plain.h"
#include "auth/sasl_scram.h"
#include "daemon/base/bytes.h"

namespace imapkeep {
namespace {

constexpr std::string_view kTokenMechanisms[] = {"OAUTHBEARER", "XOAUTH2"};
constexpr std::string_view kPasswordMechanisms[] = {"PLAIN", "SCRAM-SHA-256", "LOGIN"};

bool is_in(const auto& names, std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

}  // namespace

Result<std::string> choose_mechanism(const Credentials& credentials,
                                     const std::vector<std::string>& offered, bool login_disabled) {
  const bool is_token = credentials.proof == Credentials::Proof::kAccessToken;
  if (!credentials.mechanism.empty()) {
    const bool fits = is_token ? is_in(kTokenMechanisms, credentials.mechanism)
                               : is_in(kPasswordMechanisms, credentials.mechanism);
    if (fits) return credentials.mechanism;
    return config_error("the mechanism " + printable(credentials.mechanism, 40) +
                        (is_token
                             ? " does not take a token; OAUTHBEARER and XOAUTH2 do"
                             : " does not take a password; PLAIN, LOGIN and SCRAM-SHA-256 do"));
  }
  std::string list;
  for (const auto& mechanism : offered) list += ' ' + printable(mechanism, 40);
  if (!list.empty()) list = "; it offers" + list;
  if (is_token) {
    for (const std::string_view mechanism : kTokenMechanisms)
      if (is_in(offered, mechanism)) return std::string(mechanism);
    return login_error("the server offers no login with a token" + list +
                       "; if it is known to take one all the same, set `mechanism: XOAUTH2`");
  }
  if (is_in(offered, "PLAIN")) return std::string("PLAIN");
  if (!login_disabled && credentials.authzid.empty()) return std::string("LOGIN");
  if (is_in(offered, "SCRAM-SHA-256")) return std::string("SCRAM-SHA-256");
  if (login_disabled) return login_error("the server offers no login with a password" + list);
  return login_error("authzid needs AUTH=PLAIN, which the server does not offer");
}

std::unique_ptr<SaslMechanism> make_sasl(std::string_view mechanism, Credentials credentials,
                                         SaslPeer peer) {
  if (mechanism == "PLAIN") return make_sasl_plain(std::move(credentials));
  if (mechanism == "XOAUTH2") return std::make_unique<SaslXOAuth2>(std::move(credentials));
  if (mechanism == "OAUTHBEARER")
    return std::make_unique<SaslOAuthBearer>(std::move(credentials), std::move(peer));
  if (mechanism == "SCRAM-SHA-256") {
    unsigned char chance[18] = {};
    if (RAND_bytes(chance, sizeof chance) != 1) return nullptr;
    const std::string_view bytes(reinterpret_cast<const char*>(chance), sizeof chance);
    return std::make_unique<SaslScram>(std::move(credentials), to_base64(bytes));
  }
  return nullptr;
}

}  // namespace imapkeep
