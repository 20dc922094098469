// Why a text is no YAML, in words that help. A parser that lost track says where it noticed, which
// may be lines later and in terms of its own ("end of map not found"). People make three mistakes
// in the layout: a tab in the indentation, a blank too many or too few, and no blank behind a
// colon. These are looked for line by line, and only in a text that is known to be wrong.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace imapkeep {

struct LayoutMistake {
  std::size_t line = 0;    ///< from 1
  std::size_t column = 0;  ///< from 1, in bytes
  std::string sentence;
};

/// The first one at or before `noticed`, the line where the parser gave up (0: at the text's end).
std::optional<LayoutMistake> find_layout_mistake(std::string_view text, std::size_t noticed);

}  // namespace imapkeep
