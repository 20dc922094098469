// What the process was born into: its environment, its working directory, who it runs as. Passed in
// as a value, so that nothing deep inside asks the real process and tests can be anybody.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace imapkeep {

struct ProcessEnvironment {
  /// An environment variable; nothing when it is not set.
  std::function<std::optional<std::string>(const std::string& name)> variable;
  /// The absolute path with every link followed, as far as it exists; the rest is kept as it is.
  /// Only for paths that an operator chose.
  std::function<std::string(const std::string& path)> real_path;
  std::string working_directory;  ///< absolute
  std::uint32_t user_id = 0;      ///< effective
};

}  // namespace imapkeep
