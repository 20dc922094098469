#include "sync/store/percent.h"

namespace imapkeep {

void append_percent(std::string& out, char byte) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  const auto value = static_cast<unsigned char>(byte);
  out += '%';
  out += kDigits[value >> 4];
  out += kDigits[value & 15];
}

void append_raw(std::string& out, ByteView bytes) {
  for (const char c : bytes) {
    if (c < 0x20 || c > 0x7e || c == '%' || c == '"' || c == '\\') {
      append_percent(out, c);
    } else {
      out += c;
    }
  }
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const auto byte = from_hex(text.substr(i + 1, 2));
    if (!byte || byte->size() != 1) return std::nullopt;
    out += *byte;
    i += 2;
  }
  return out;
}

}  // namespace imapkeep
