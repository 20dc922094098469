#include "config/config_file.h"

#include <fnmatch.h>

#include <algorithm>
#include <cerrno>

#include "config/paths.h"
#include "config/yaml_document.h"
#include "daemon/base/file_rights.h"
#include "daemon/base/operator_file.h"

namespace imapkeep {
namespace {

constexpr std::string_view kWildcards = "*?[";

}  // namespace

std::optional<std::string> read_config_file(Files& files, const ProcessEnvironment& environment,
                                            const ConfigFile& file, const Place& asked_at,
                                            Complaints& complaints) {
  auto found = find_operator_file(files, environment, file.absolute);
  if (!found) {
    complaints.add(asked_at, found.error().what);
    return std::nullopt;
  }
  const auto why = who_may_change(found->facts, environment.user_id);
  if (!why.empty()) {
    complaints.add({file.shown, 0, 0}, "this file, which may name commands to run, " + why);
    return std::nullopt;
  }
  auto text = read_operator_file(*found, file.absolute, kYamlMaxBytes);
  if (!text) {
    complaints.add(asked_at, text.error().what);
    return std::nullopt;
  }
  return std::move(*text);
}

std::vector<ConfigFile> find_included(Files& files, const ProcessEnvironment& environment,
                                      const PlacedText& pattern, Complaints& complaints) {
  const auto absolute = resolve_path(environment, pattern.text, pattern.place.file);
  if (!absolute) {
    complaints.add(pattern.place, "`include`: " + absolute.error().what);
    return {};
  }
  const bool stands_alone = pattern.text.front() == '/' || pattern.text.front() == '~';
  const std::string shown =
      stands_alone ? *absolute : join_path(directory_of(pattern.place.file), pattern.text);
  const std::string last = absolute->substr(absolute->rfind('/') + 1);
  if (last.find_first_of(kWildcards) == std::string::npos &&
      pattern.text.find_first_of(kWildcards) == std::string::npos)
    return {{shown, *absolute}};
  const std::string directory_path = directory_of(*absolute);
  if (directory_of(pattern.text).find_first_of(kWildcards) != std::string::npos) {
    complaints.add(pattern.place, "`include` takes wildcards only behind the last `/`");
    return {};
  }

  auto directory = files.open_root(environment.real_path(directory_path));
  std::vector<ConfigFile> found;
  Result<Done> listed = Done{};
  if (directory) {
    listed = (*directory)->list([&](std::string_view view) {
      const std::string name(view);
      if (fnmatch(last.c_str(), name.c_str(), FNM_PERIOD | FNM_PATHNAME) == 0)
        found.push_back({join_path(directory_of(shown), name), join_path(directory_path, name)});
      return true;
    });
  }
  if (!directory || !listed) {
    const Error& error = directory ? listed.error() : directory.error();
    complaints.add(
        pattern.place,
        "`include`: the directory " + directory_path +
            (error.os_code == ENOENT ? " does not exist" : " cannot be listed: " + error.what));
    return {};
  }
  std::sort(found.begin(), found.end(), [](const ConfigFile& left, const ConfigFile& right) {
    return left.absolute < right.absolute;
  });
  return found;
}

}  // namespace imapkeep
