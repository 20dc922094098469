// "did you mean": the known word that a mistyped one most likely was.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace imapkeep {

/// Nothing when no word is near: more than a third of the letters would have to change. Letter case
/// does not count. Of equally near words the first.
std::optional<std::string> nearest_word(std::string_view word,
                                        const std::vector<std::string>& known);

}  // namespace imapkeep
