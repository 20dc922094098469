#include "config/config_location.h"

#include <cerrno>
#include <vector>

#include "daemon/base/operator_file.h"

namespace imapkeep {

Result<std::string> find_config(Files& files, const Surroundings& surroundings,
                                const std::string& named) {
  if (!named.empty()) return named;
  if (const auto variable = surroundings.variable("IMAPKEEP_CONFIG");
      variable && !variable->empty())
    return *variable;

  std::vector<std::string> places;
  const auto xdg = surroundings.variable("XDG_CONFIG_HOME");
  const auto home = surroundings.variable("HOME");
  if (xdg && xdg->starts_with('/'))
    places.push_back(*xdg + "/imapkeep/imapkeep.yaml");
  else if (home && home->starts_with('/'))
    places.push_back(*home + "/.config/imapkeep/imapkeep.yaml");
  places.emplace_back("/etc/imapkeep/imapkeep.yaml");

  for (const auto& place : places) {
    const auto found = find_operator_file(files, surroundings, place);
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
