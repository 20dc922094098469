// A member of a JSON object that somebody else wrote: anything but a string counts as not there.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace imapkeep {

inline std::string json_text(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace imapkeep
