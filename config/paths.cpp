#include "config/paths.h"

#include <algorithm>

namespace imapkeep {
namespace {

std::string tidy(std::string_view absolute) {
  std::string result;
  for (std::size_t at = 0; at < absolute.size();) {
    const std::size_t end = std::min(absolute.find('/', at), absolute.size());
    const std::string_view part = absolute.substr(at, end - at);
    if (!part.empty() && part != ".") result.append("/").append(part);
    at = end + 1;
  }
  return result.empty() ? "/" : result;
}

}  // namespace

std::string directory_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return std::string(slash == 0 ? "/" : path.substr(0, slash));
}

std::string join_path(std::string_view directory, std::string_view name) {
  if (directory == ".") return std::string(name);
  std::string joined(directory);
  if (!joined.ends_with('/')) joined += '/';
  return joined.append(name);
}

Result<std::string> resolve_path(const ProcessEnvironment& environment, std::string_view text,
                                 const std::string& file) {
  if (text.empty()) return config_error("is empty");
  if (text.front() == '/') return tidy(text);
  if (text.front() == '~') {
    if (text.size() > 1 && text[1] != '/')
      return config_error("only `~/` is known; write the other user's directory out");
    const auto home = environment.variable("HOME");
    if (!home || !home->starts_with('/'))
      return config_error("`~/` needs $HOME, which is not set here; write the path out");
    return tidy(*home + "/" + std::string(text.substr(1)));
  }
  std::string directory = directory_of(file);
  if (!directory.starts_with('/')) directory = environment.working_directory + "/" + directory;
  return tidy(directory + "/" + std::string(text));
}

}  // namespace imapkeep
