// What the words of a refusal mean for the grant: RFC 6749's and RFC 8628's errors, and those that
// providers have made for themselves. Upper and lower case are the same. A word that is not known
// here is no reason to give a grant up.
#pragma once

#include <string_view>

#include "auth/token_answer.h"

namespace imapkeep {

/// `error` in lower case. `marks`: the description, and Microsoft's codes as `AADSTS50196:`.
TokenRefusal::Kind kind_of_refusal(std::string_view error, std::string_view marks, TokenAsk asked);

}  // namespace imapkeep
