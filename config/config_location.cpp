#include "config/config_location.h"

#include <cerrno>
#include <vector>

#include "daemon/base/operator_file.h"

namespace imapkeep {

Result<std::string> find_config(Files& files, const ProcessEnvironment& environment,
                                const std::string& named) {
  if (!named.empty()) return named;
  if (const auto variable = environment.variable("IMAPKEEP_CONFIG"); variable && !variable->empty())
    return *variable;

  std::vector<std::string> places;
  const auto xdg = environment.variable("XDG_CONFIG_HOME");
  const auto home = environment.variable("HOME");
  if (xdg && xdg->starts_with('/'))
    places.push_back(*xdg + "/imapkeep/imapkeep.yaml");
  else if (home && home->starts_with('/'))
    places.push_back(*home + "/.config/imapkeep/imapkeep.yaml");
  places.emplace_back("/etc/imapkeep/imapkeep.yaml");

  for (const auto& place : places) {
    const auto found = find_operator_file(files, environment, place);
    // Anything but absence is said when the file is read: the next place would be the wrong one.
    if (found || found.error().os_code != ENOENT) return place;
  }
  std::string what = "there is no configuration; looked for";
  for (std::size_t i = 0; i < places.size(); ++i) what += (i == 0 ? " " : " and ") + places[i];
  return config_error(what +
                      "; name one with -c FILE or $IMAPKEEP_CONFIG, or write one: `imapkeep "
                      "providers NAME` shows what goes into it");
}

}  // namespace imapkeep
