// The kernel's random numbers. A system call each, which is cheap for tags, ids and jitter.
#pragma once

#include "daemon/base/random.h"

namespace imapkeep {

class SystemRandom final : public Random {
 public:
  std::uint64_t next_u64() override;
};

}  // namespace imapkeep
