#include "tests/lies/trial.h"

#include "tests/lies/process.h"

namespace imapkeep::lies {

std::vector<Setting> settings() {
  std::vector<Setting> all;
  for (const bool follow_up : {false, true}) {
    for (const bool plain : {false, true}) {
      for (const bool remove : {false, true}) {
        all.push_back({std::string(follow_up ? "follow" : "first") + (plain ? "-plain" : "") +
                           (remove ? "-remove" : ""),
                       follow_up, plain, remove});
      }
    }
  }
  return all;
}

std::vector<std::string> honest_lines(const Setting& setting) {
  MirrorProcess process(setting);
  std::vector<std::string> lines;
  process.world.server.rewrite = [&](const std::string& line) {
    lines.push_back(line);
    return line + "\r\n";
  };
  (void)process.world.sync();
  return lines;
}

std::vector<std::string> tell_once(const Setting& setting, std::size_t number, const Lie& lie) {
  MirrorProcess process(setting);
  MirrorWorld& world = process.world;
  const SeenMessages before = world.on_disk();
  std::size_t said = 0;
  world.server.rewrite = [&](const std::string& line) {
    return said++ == number ? speak(world, lie) : line + "\r\n";
  };
  const SyncOutcome outcome = world.sync();
  world.server.rewrite = nullptr;
  std::vector<std::string> told;
  find_lost(world, before, told);
  find_false_completeness(world, outcome, told);
  find_lasting_harm(world, told);
  find_lost(world, before, told);
  if (!world.leftovers().empty()) told.push_back("left over: " + world.leftovers().front());
  return told;
}

}  // namespace imapkeep::lies
