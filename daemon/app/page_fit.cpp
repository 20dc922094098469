#include "daemon/app/page_fit.h"

#include <algorithm>
#include <vector>

namespace imapkeep {
namespace {

std::vector<std::string_view> lines_of(std::string_view page) {
  std::vector<std::string_view> lines;
  while (!page.empty()) {
    const std::size_t end = std::min(page.find('\n'), page.size());
    lines.push_back(page.substr(0, end));
    page.remove_prefix(std::min(end + 1, page.size()));
  }
  return lines;
}

bool starts_character(char byte) { return (byte & 0xc0) != 0x80; }

std::string_view cut(std::string_view line, std::size_t width) {
  std::size_t characters = 0;
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (starts_character(line[at]) && ++characters > width) return line.substr(0, at);
  }
  return line;
}

}  // namespace

std::string fitted_page(std::string_view page, std::size_t width, std::size_t height) {
  const auto lines = lines_of(page);
  const std::size_t rows = std::max<std::size_t>(height, 2) - 1;
  const bool all = lines.size() <= rows;
  const std::size_t shown = all ? lines.size() : rows - 1;
  std::string text;
  for (std::size_t row = 0; row < shown; ++row) {
    text += cut(lines[row], width);
    text += '\n';
  }
  if (!all) {
    text += cut("… and " + std::to_string(lines.size() - shown) + " more lines", width);
    text += '\n';
  }
  return text;
}

std::string without_controls(std::string_view text) {
  std::string clean;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const auto next = at + 1 < text.size() ? static_cast<unsigned char>(text[at + 1]) : 0;
    const bool c1 = byte == 0xc2 && next >= 0x80 && next < 0xa0;  // U+0080 … U+009F
    if (c1) ++at;
    const bool control = (byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7f || c1;
    clean += control ? '?' : static_cast<char>(byte);
  }
  return clean;
}

}  // namespace imapkeep
