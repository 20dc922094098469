// Runs a program to its end, without a shell. The child leads a process group of its own, which is
// killed as a whole when it overstays or talks too much; its standard input is empty, and no
// descriptor but 0, 1 and 2 reaches it.
#pragma once

#include "daemon/base/process.h"

namespace imapkeep {

class ChildProcess final : public Process {
 public:
  Result<std::string> output_of(const std::vector<std::string>& argv, Duration deadline) override;
};

}  // namespace imapkeep
