// Port: run another program to its end, for secrets that come from a command (`pass show …`) and
// for hooks. Blocks: while the loop runs it is called on a strand of PoolKind::kCommands.
#pragma once

#include <string>
#include <vector>

#include "daemon/base/clock.h"
#include "daemon/base/result.h"

namespace imapkeep {

class Process {
 public:
  virtual ~Process() = default;
  /// Standard output of a program that ended with 0; its standard error goes to ours. The program
  /// is found by PATH and never by a shell. What it leaves running is not waited for. Output over
  /// 64 KiB or a run past the deadline is an error. Errors name the program, not its arguments, and
  /// quote nothing of its output: both may be secret.
  virtual Result<std::string> output_of(const std::vector<std::string>& argv,
                                        Duration deadline) = 0;
};

}  // namespace imapkeep
