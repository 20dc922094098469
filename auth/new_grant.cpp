#include "auth/new_grant.h"

#include <utility>

#include "auth/scope.h"
#include "daemon/base/bytes.h"

namespace imapkeep {

Result<Done> check_scope(const Tokens& tokens, std::string_view wanted) {
  if (covers_scope(tokens.scope, wanted)) return Done{};
  return Error{Remedy::kNeedsOperator, Trouble::kLogin,
               "the permission that was given is `" + printable_utf8(tokens.scope, 300) +
                   "`, and `" + printable_utf8(wanted, 300) +
                   "` is needed; log in again and allow all that is asked (tick every box), or "
                   "have the client be given these scopes at the provider",
               0};
}

Grant new_grant(GrantKey key, const Tokens& tokens, std::string token_endpoint,
                bool secret_in_header, WallTime now) {
  Grant grant;
  grant.key = std::move(key);
  grant.token_endpoint = std::move(token_endpoint);
  grant.secret_in_header = secret_in_header;
  grant.granted_scope = tokens.scope;
  grant.access_token = tokens.access;
  grant.refresh_token = tokens.refresh;
  grant.granted = grant.obtained = now;
  grant.expires = now + tokens.lifetime;
  if (tokens.refresh_lifetime) grant.refresh_expires = now + *tokens.refresh_lifetime;
  return grant;
}

}  // namespace imapkeep
