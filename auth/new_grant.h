// What a login has brought, before it is believed: is it what was asked for, and what will the
// vault keep of it.
#pragma once

#include <string>
#include <string_view>

#include "auth/grant.h"
#include "auth/token_answer.h"

namespace imapkeep {

/// A person may leave out parts of what was asked. Errors: kLogin.
Result<Done> check_scope(const Tokens& tokens, std::string_view wanted);

/// Its generation is set by whoever saves it.
Grant new_grant(GrantKey key, const Tokens& tokens, std::string token_endpoint,
                bool secret_in_header, WallTime now);

}  // namespace imapkeep
