#include "daemon/base/sentence.h"

#include <algorithm>
#include <utility>

#include "daemon/base/bytes.h"

namespace imapkeep {
namespace {

constexpr std::size_t kEscapeSize = 4;

bool begins_with_escape(std::string_view text) {
  return text.size() >= kEscapeSize && text.starts_with("\\x") &&
         from_hex(text.substr(2, 2)).has_value();
}

/// Not within a character.
std::string cut(std::string text, std::size_t limit) {
  if (text.size() <= limit) return text;
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xc0U) == 0x80) --limit;
  text.resize(limit);
  return text + "…";
}

}  // namespace

std::string sentence_shown(std::string_view sentence, std::size_t limit) {
  std::string shown;
  while (!sentence.empty()) {
    const bool is_escape = begins_with_escape(sentence);
    const std::size_t size =
        is_escape ? kEscapeSize : std::min(sentence.find('\\', 1), sentence.size());
    const std::string_view piece = sentence.substr(0, size);
    shown += is_escape ? std::string(piece) : printable_utf8(piece, std::string::npos);
    sentence.remove_prefix(size);
  }
  return cut(std::move(shown), limit);
}

}  // namespace imapkeep
