// Scopes, as they are asked for and as they are said to be granted. RFC 6749 §3.3 compares them
// octet by octet, and providers spell what they grant in ways of their own: with commas, in other
// letters, under another of their names. What differs in spelling alone is left to the real login
// behind it, which knows.
#pragma once

#include <string_view>

namespace imapkeep {

/// Whether every word of `wanted` was granted, however it is spelt. `offline_access` and `openid`
/// are never echoed by some and do not count; an empty `granted` means as asked.
bool covers_scope(std::string_view granted, std::string_view wanted);

}  // namespace imapkeep
