// What to write instead, where somebody wrote a section as one word, left one out, or put a key
// into the wrong section or under a name that other programs have for it.
#pragma once

#include <string_view>

namespace imapkeep {

/// A whole line for the section `name`; empty when none is known.
std::string_view example_of(std::string_view name);

/// Where in an account the key belongs, as `section.key`; empty when nothing is known.
std::string_view belongs_at(std::string_view key);

}  // namespace imapkeep
