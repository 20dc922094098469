#include "auth/json_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "daemon/base/bytes.h"
#include "daemon/base/secret.h"

namespace imapkeep {
namespace {

constexpr double kMostSeconds = 10.0 * 365 * 86400;

std::string utf8_of_latin1(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);  // growing would leave copies of a token behind
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      text += c;
    } else {
      text += static_cast<char>(0xc0U | (byte >> 6U));
      text += static_cast<char>(0x80U | (byte & 0x3fU));
    }
  }
  return text;
}

std::optional<double> number_in(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return std::nullopt;
  text = text.substr(begin, text.find_last_not_of(' ') - begin + 1);
  double value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

nlohmann::json parse_foreign_json(std::string_view bytes) {
  if (is_utf8(bytes)) return nlohmann::json::parse(bytes, nullptr, false);
  std::string text = utf8_of_latin1(bytes);
  auto parsed = nlohmann::json::parse(text, nullptr, false);
  wipe(text);
  return parsed;
}

std::optional<std::chrono::seconds> json_seconds(const nlohmann::json& object, const char* name) {
  const auto at = object.find(name);
  if (at == object.end()) return std::nullopt;
  std::optional<double> value;
  if (at->is_number()) value = at->get<double>();
  if (at->is_string()) value = number_in(at->get_ref<const std::string&>());
  if (!value || !std::isfinite(*value) || *value < 1) return std::nullopt;
  return std::chrono::seconds(static_cast<std::int64_t>(std::min(*value, kMostSeconds)));
}

}  // namespace imapkeep
