// A user's name within a SASL message whose parts commas separate (RFC 5801 §4, RFC 5802 §5.1):
// "," becomes "=2C" and "=" becomes "=3D".
#pragma once

#include <string>
#include <string_view>

namespace imapkeep {

inline std::string sasl_name(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '=') {
      out += "=3D";
    } else if (c == ',') {
      out += "=2C";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace imapkeep
