// What a provider says in words, as it may be shown. Some repeat what they were sent, others quote
// their own tokens, and all of them write what would steer a terminal if they liked: none of that
// gets through.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "auth/spoken_secret.h"

namespace imapkeep {

/// `said` without what was sent as a secret (`***`), without what is long enough to be a token or
/// an id that only its makers can look up (`[…]`), and printable; cut behind `limit` bytes.
std::string provider_words(std::string_view said, const SpokenSecrets& spoken, std::size_t limit);

}  // namespace imapkeep
