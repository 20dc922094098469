// The dice of one run: everything that happens in it follows from the seed.
#pragma once

#include <cstdint>
#include <iterator>

#include "daemon/base/clock.h"
#include "tests/support/fixed_random.h"

namespace imapkeep::sim {

class Chance {
 public:
  explicit Chance(std::uint64_t seed) : random_(seed) {}

  std::uint64_t any() { return random_.next_u64(); }
  /// 0 … n-1.
  std::uint64_t below(std::uint64_t n) { return n == 0 ? 0 : any() % n; }
  std::uint64_t between(std::uint64_t least, std::uint64_t most) {
    return least + below(most - least + 1);
  }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  Duration up_to(Duration most) {
    return Duration(static_cast<std::int64_t>(below(static_cast<std::uint64_t>(most.count()) + 1)));
  }
  /// Of something that is not empty.
  template <class Container>
  auto& pick(Container& from) {
    return *std::next(from.begin(), static_cast<std::ptrdiff_t>(below(from.size())));
  }

 private:
  FixedRandom random_;
};

}  // namespace imapkeep::sim
