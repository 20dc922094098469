#include "auth/renewal.h"

#include <utility>

#include "auth/token_request.h"
#include "daemon/base/bytes.h"

namespace imapkeep {

HttpRequest renewal_request(const TokenClient& client, const Grant& grant) {
  switch (client.flow) {
    case OAuthFlow::kServiceAccount:
      return jwt_bearer_request(client.caller, client.assertion);
    case OAuthFlow::kClientCredentials:
      return client_credentials_request(client.caller, client.key.scope);
    case OAuthFlow::kCode:
    case OAuthFlow::kDevice:
      break;
  }
  return refresh_request(client.caller, grant.refresh_token);
}

TokenRefusal refusal_without_answer(const Error& error) {
  const bool is_hopeless = error.trouble == Trouble::kConfig;
  return {is_hopeless ? TokenRefusal::Kind::kMisconfigured : TokenRefusal::Kind::kTransient,
          std::nullopt,
          {},
          error.what};
}

TokenAnswer read_renewal(const TokenClient& client, const HttpAnswer& answer,
                         const SpokenSecrets& spoken) {
  const auto asked = client.has_own_key() ? TokenAsk::kOwnKey : TokenAsk::kRefresh;
  TokenAnswer read = read_token_answer(answer, asked, spoken);
  auto* refusal = std::get_if<TokenRefusal>(&read);
  if (refusal != nullptr && refusal->error == "unauthorized_client" && !client.delegated_id.empty())
    refusal->what += "; its numeric id is " + printable(client.delegated_id, 64);
  return read;
}

Grant renewed_grant(Grant grant, const Tokens& tokens, WallTime now) {
  grant.refusal.reset();
  grant.access_token = tokens.access;
  if (!tokens.refresh.empty() && tokens.refresh.reveal() != grant.refresh_token.reveal()) {
    grant.previous_refresh_token = std::move(grant.refresh_token);
    grant.refresh_token = tokens.refresh;
  }
  if (!tokens.scope.empty()) grant.granted_scope = tokens.scope;
  grant.obtained = now;
  grant.expires = now + tokens.lifetime;
  if (tokens.refresh_lifetime) grant.refresh_expires = now + *tokens.refresh_lifetime;
  ++grant.generation;
  return grant;
}

}  // namespace imapkeep
