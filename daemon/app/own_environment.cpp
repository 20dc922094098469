#include "daemon/app/own_environment.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace imapkeep {

ProcessEnvironment own_environment() {
  ProcessEnvironment own;
  own.variable = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (!value) return std::nullopt;
    return value;
  };
  own.real_path = [](const std::string& path) {
    std::error_code error;
    auto real = std::filesystem::weakly_canonical(path, error);
    // A circle of links, or a directory that may not be searched: opening it will say which.
    return error ? path : real.string();
  };
  std::error_code error;
  const auto here = std::filesystem::current_path(error);
  own.working_directory = error ? std::string("/") : here.string();
  own.user_id = geteuid();
  return own;
}

}  // namespace imapkeep
