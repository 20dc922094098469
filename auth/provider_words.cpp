#include "auth/provider_words.h"

#include <algorithm>

#include "daemon/base/bytes.h"

namespace imapkeep {
namespace {

std::string without_tokens(std::string_view text) {
  constexpr std::size_t kLongestWord = 31;
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(" \t\r\n\"'<>()[]{},;"), text.size());
    const std::string_view word = text.substr(0, end);
    const bool is_plain = word.size() <= kLongestWord || word.starts_with("https://");
    const std::size_t query = std::min(word.find('?'), word.size());
    out += is_plain ? word.substr(0, query) : std::string_view("[…]");
    if (end < text.size()) out += text[end];
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace

std::string provider_words(std::string_view said, const SpokenSecrets& spoken, std::size_t limit) {
  return printable_utf8(without_tokens(spoken.masked(std::string(said))), limit);
}

}  // namespace imapkeep
