// JSON that somebody else wrote, read with patience: what is not of the kind that was asked for
// counts as not there, and a document that is not in UTF-8, which JSON has to be, is still read.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace imapkeep {

/// Discarded where it is no JSON. Bytes that are no UTF-8 are taken for Latin-1: one `ü` in a
/// description must not hide the error beside it.
nlohmann::json parse_foreign_json(std::string_view bytes);

inline std::string json_text(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// Whole seconds, ten years at most; they come as numbers, as floats and as text. Nothing: not
/// said, or nothing that could be meant; a zero too, which some say of what has no end.
std::optional<std::chrono::seconds> json_seconds(const nlohmann::json& object, const char* name);

}  // namespace imapkeep
