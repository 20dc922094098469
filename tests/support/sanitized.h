// Whether this build looks at every access to memory, which makes it several times slower: then a
// campaign takes a slice of its steps, and the other build takes them all.
#pragma once

#include <cstdint>

namespace imapkeep {

#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kSanitized = true;
#elif defined(__has_feature)
inline constexpr bool kSanitized = __has_feature(address_sanitizer);
#else
inline constexpr bool kSanitized = false;
#endif

/// From one step of a campaign to the next.
inline constexpr std::uint64_t kStride = kSanitized ? 7 : 1;

}  // namespace imapkeep
