// Port: chance. Tags, ids and jitter come from here; tests seed it.
#pragma once

#include <cstdint>

namespace imapkeep {

class Random {
 public:
  virtual ~Random() = default;
  virtual std::uint64_t next_u64() = 0;
};

}  // namespace imapkeep
