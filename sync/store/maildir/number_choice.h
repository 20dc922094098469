// Which `~n` a file gets. Equal messages of one folder that arrived in the same second have one
// name between them and differ by number, and there may be tens of thousands: each next free one is
// found by going on from the last. Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <vector>

#include "sync/plan/taken_numbers.h"

namespace imapkeep {

/// For one name in one folder, as long as a batch lasts.
class NumberChoice {
 public:
  /// The smallest number above `after` that is neither taken nor claimed.
  std::uint32_t next(const TakenNumbers& taken, std::uint32_t after);
  void claim(std::uint32_t number) { claimed_.insert(number); }

 private:
  std::uint32_t free_above(const TakenNumbers& taken, std::uint32_t after);

  std::set<std::uint32_t> claimed_;
  std::shared_ptr<const std::vector<std::uint32_t>> taken_;
  std::uint32_t full_to_ = 0;  ///< with taken_, no number up to this one is free
};

}  // namespace imapkeep
