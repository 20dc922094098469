// What providers mean by their refusals, in words that help: Microsoft's AADSTS numbers and
// Google's descriptions. Hints only; the OAuth error code has decided before.
#pragma once

#include <optional>
#include <string_view>

#include "auth/token_answer.h"

namespace imapkeep {

/// `description`: the server's `error_description`. Empty: nothing is known of it.
std::string_view hint_for(std::string_view error, std::string_view description, TokenAsk asked);

/// Microsoft's words for "later" under an error code that says something else: its own trouble, or
/// that we asked too often.
bool is_microsoft_patience(std::string_view description);

}  // namespace imapkeep
