// lies: tells a mirror every lie about every line of an honest session, and holds it to its
// promises.
//
//   lies                       every 23rd lie, which ones is a matter of the seed
//   lies --seed 7              others
//   lies --every 1             all of them
//   lies --on first-plain --once --line 12 --kind 4 [--verbose]     one of them again
#include <cstdlib>
#include <iostream>
#include <map>
#include <optional>
#include <string>

#include "tests/lies/trial.h"

using namespace imapkeep::lies;

namespace {

struct Wish {
  std::size_t every = 23;
  std::uint64_t seed = 1;
  std::string on;
  std::optional<bool> always;
  std::optional<std::size_t> line;
  std::optional<std::size_t> kind;
  bool verbose = false;
};

std::optional<Wish> read(int count, char** words) {
  Wish wish;
  if (const char* whole = std::getenv("IMAPKEEP_LONG"); whole && std::string(whole) == "1") {
    wish.every = 1;
  }
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    if (word == "--verbose") {
      wish.verbose = true;
      continue;
    }
    if (word == "--once" || word == "--always") {
      wish.always = word == "--always";
      continue;
    }
    if (i + 1 == count) return std::nullopt;
    const std::string value = words[++i];
    if (word == "--every") {
      wish.every = std::stoul(value);
    } else if (word == "--seed") {
      wish.seed = std::stoull(value);
    } else if (word == "--on") {
      wish.on = value;
      wish.every = 1;
    } else if (word == "--line") {
      wish.line = std::stoul(value);
    } else if (word == "--kind") {
      wish.kind = std::stoul(value);
    } else {
      return std::nullopt;
    }
  }
  return wish;
}

struct Campaign {
  const Wish& wish;
  std::size_t met = 0;
  std::size_t tried = 0;
  std::size_t bad = 0;

  bool wanted(bool always, std::size_t number, std::size_t kind) {
    if (wish.always && *wish.always != always) return false;
    if (wish.line && *wish.line != number) return false;
    if (wish.kind && *wish.kind != kind) return false;
    return drawn(met++) % wish.every == 0;
  }

  /// The same for the same seed; neighbours are drawn each by itself.
  [[nodiscard]] std::uint64_t drawn(std::uint64_t number) const {
    std::uint64_t mixed = wish.seed * 0x9e3779b97f4a7c15U + number;  // splitmix64
    mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
    return mixed ^ (mixed >> 31U);
  }

  void report(const std::string& how, const std::string& what, const std::string& line,
              const std::vector<std::string>& told) {
    ++tried;
    if (!told.empty()) ++bad;
    if (told.empty() && !wish.verbose) return;
    std::cout << "lies " << how << "   # " << what << ": " << line << "\n";
    for (const auto& complaint : told) std::cout << "  " << complaint << "\n" << std::flush;
  }

  void once(const Setting& setting) {
    const auto lines = honest_lines(setting);
    for (std::size_t number = 0; number < lines.size(); ++number) {
      const auto lies = lies_about(lines[number]);
      for (std::size_t kind = 0; kind < lies.size(); ++kind) {
        if (is_plausible(lines[number], lies[kind], !setting.plain) || !wanted(false, number, kind))
          continue;
        report("--on " + setting.name + " --once --line " + std::to_string(number) + " --kind " +
                   std::to_string(kind),
               lies[kind].name, lines[number], tell_once(setting, number, lies[kind]));
      }
    }
  }

  void always(const Setting& setting) {
    const auto all = places(setting);
    for (std::size_t number = 0; number < all.size(); ++number) {
      const auto& [place, line] = all[number];
      const auto lies = lies_about(line);
      for (std::size_t kind = 0; kind < lies.size(); ++kind) {
        if (is_plausible(line, lies[kind], !setting.plain) || !wanted(true, number, kind)) continue;
        report("--on " + setting.name + " --always --line " + std::to_string(number) + " --kind " +
                   std::to_string(kind),
               lies[kind].name, line, tell_always(setting, place, kind));
      }
    }
  }
};

}  // namespace

int main(int count, char** words) {
  const auto wish = read(count, words);
  if (!wish || wish->every == 0) {
    std::cerr << "usage: lies [--every N] [--seed N] [--on SETTING] [--once | --always] [--line N] "
                 "[--kind N] "
                 "[--verbose]\n";
    return 64;
  }
  Campaign campaign{*wish};
  for (const auto& setting : settings()) {
    if (!wish->on.empty() && wish->on != setting.name) continue;
    campaign.once(setting);
    campaign.always(setting);
  }
  if (wish->every > 1) std::cout << "seed " << wish->seed << ": ";
  std::cout << campaign.tried << " lies, " << campaign.bad << " broke a promise\n";
  return campaign.bad == 0 ? 0 : 1;
}
