// One renewal as values: what is asked, what the answer means, and the grant that comes of it.
#pragma once

#include "auth/grant.h"
#include "auth/token_answer.h"
#include "auth/token_client.h"
#include "daemon/base/clock.h"
#include "daemon/base/http.h"

namespace imapkeep {

/// By the refresh token, or by the client's own key.
HttpRequest renewal_request(const TokenClient& client, const Grant& grant);
/// `spoken`: secrets_in() of that request.
TokenAnswer read_renewal(const TokenClient& client, const HttpAnswer& answer,
                         const SpokenSecrets& spoken);
/// Nobody has answered.
TokenRefusal refusal_without_answer(const Error& error);
/// Of the next generation. A refresh token that did not come stays in force.
Grant renewed_grant(Grant grant, const Tokens& tokens, WallTime now);

}  // namespace imapkeep
