// The little of IMAP's text that the model's sessions have to read.
#pragma once

#include <string>

namespace imapkeep::model_text {

/// ASCII only.
inline std::string upper(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

/// Reads one astring argument and drops it from the text. A literal stands in the text as {n}CRLF
/// and its bytes.
inline std::string take_astring(std::string& text) {
  while (text.starts_with(' ')) text.erase(0, 1);
  std::string out;
  if (text.starts_with('"')) {
    std::size_t i = 1;
    for (; i < text.size() && text[i] != '"'; ++i) {
      if (text[i] == '\\') ++i;
      out += text[i];
    }
    text.erase(0, i + 1);
  } else if (text.starts_with('{')) {
    const auto size = std::stoul(text.substr(1));
    const auto start = text.find("\r\n") + 2;
    out = text.substr(start, size);
    text.erase(0, start + size);
  } else {
    out = text.substr(0, text.find(' '));
    text.erase(0, out.size());
  }
  return out;
}

}  // namespace imapkeep::model_text
