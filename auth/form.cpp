#include "auth/form.h"

namespace imapkeep {
namespace {

void append_encoded(std::string& out, std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kDigits[byte >> 4U];
    out += kDigits[byte & 15U];
  }
}

}  // namespace

std::string percent_encode(std::string_view text) {
  std::string out;
  out.reserve(text.size() * 3);
  append_encoded(out, text);
  return out;
}

Secret form_encoded(const FormFields& fields) {
  std::size_t most = 0;
  for (const auto& [name, value] : fields) most += (name.size() + value.size()) * 3 + 2;
  std::string out;
  out.reserve(most);  // growing would leave unwiped copies behind
  for (const auto& [name, value] : fields) {
    if (!out.empty()) out += '&';
    append_encoded(out, name);
    out += '=';
    append_encoded(out, value);
  }
  return Secret(std::move(out));
}

}  // namespace imapkeep
