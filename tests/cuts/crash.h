// One crash: a scenario runs in a process of its own, which ends at a numbered call of the disk;
// what a boot does; and the checker, in a process of its own too. The power is cut on a real file
// system (loop_disk.h), or a process killed above one, or everything happens on the model disk,
// which keeps no name before its directory was flushed (ext4 and XFS keep them all from the next
// flush on, whatever it was of).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/cuts/loop_disk.h"
#include "tests/cuts/process.h"
#include "tests/support/points.h"

namespace imapkeep::cuts {

enum class How { kCutExt4, kCutXfs, kKill, kCutModel };

struct Setting {
  How how = How::kKill;
  bool ledger_inside = true;  ///< on the disk that is cut
  Loss loss = Loss::kNames;
  std::uint64_t seed = 1;
  std::string left_out = {};  ///< flushes, as if their line were missing: a shell pattern
};
std::string text_of(const Setting& setting);

struct CrashResult {
  bool reached = false;      ///< the point; else the scenario came to its end before
  std::uint64_t points = 0;  ///< reached
  bool reached_again = false;
  std::string last;  ///< the call that did not happen any more; and the second one
  std::vector<std::string> complaints;
};

class Crashes {
 public:
  /// An error: what this machine does not let us do.
  static Result<std::unique_ptr<Crashes>> prepare(How how);
  ~Crashes();

  /// At the n-th call; 0: never. `again`: and once more at so many calls of the pass that mends it,
  /// if there are that many.
  CrashResult run(const Setting& setting, std::uint64_t point, std::uint64_t again = 0);

 private:
  struct Told;
  explicit Crashes(How how);
  void live(const Setting& setting, std::uint64_t point, const std::string& place);
  void mend(const Setting& setting, std::uint64_t point, const std::string& place);
  void with_points(const Setting& setting, std::uint64_t point, const std::string& place,
                   const std::function<void(const Place&, const CrashPoints&)>& work);
  void on_model(const Setting& setting, std::uint64_t point, std::uint64_t again,
                const std::string& state);
  void check_disk(const Setting& setting, const std::string& place);

  How how_;
  TemporaryDirectory scratch_;
  std::unique_ptr<LoopDisk> disk_;
  Told* told_;  ///< what the children tell, in shared memory
  std::uint64_t crashes_ = 0;
};

}  // namespace imapkeep::cuts
