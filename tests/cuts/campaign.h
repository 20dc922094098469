// Many crashes: spread over the points of a scenario, and over all that a disk can do to a mirror.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "tests/cuts/crash.h"

namespace imapkeep::cuts {

using CrashPlaces = std::map<How, std::unique_ptr<Crashes>>;

class Campaign {
 public:
  explicit Campaign(CrashPlaces& crashes) : crashes_(crashes) {}

  /// `runs` crashes, as evenly spread over the points as they go; all points of one scenario, and
  /// then of the next, when there are that many. Every third is cut short once more while it is
  /// mended.
  void run(const std::vector<How>& on, std::uint64_t scenario, std::uint64_t runs);
  /// All there is at one point.
  void run_at(const std::vector<How>& on, std::uint64_t scenario, std::uint64_t point,
              std::uint64_t again);

  [[nodiscard]] std::uint64_t died() const { return died_; }
  [[nodiscard]] std::uint64_t died_twice() const { return died_twice_; }
  [[nodiscard]] std::uint64_t broken() const { return broken_; }
  /// Of the newest scenario.
  [[nodiscard]] std::uint64_t points() const { return points_; }

 private:
  void run(const Setting& setting, std::uint64_t point, std::uint64_t again);
  /// How many points a scenario has; 0, and a complaint, when it goes wrong all by itself.
  std::uint64_t measure(const Setting& setting);

  CrashPlaces& crashes_;
  std::uint64_t died_ = 0;
  std::uint64_t died_twice_ = 0;
  std::uint64_t broken_ = 0;
  std::uint64_t points_ = 0;
};

}  // namespace imapkeep::cuts
