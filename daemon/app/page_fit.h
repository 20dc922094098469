// What of a text fits a screen, as a pure function: whole lines from the top, each cut at the
// width, with the last row left free for the cursor; and how much was left out, when there is more.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace imapkeep {

/// Counts characters, not cells: a wide character may still wrap.
std::string fitted_page(std::string_view page, std::size_t width, std::size_t height);

/// Text from another process, without what would steer a terminal: control characters but line ends
/// and tabs become `?`.
std::string without_controls(std::string_view text);

}  // namespace imapkeep
