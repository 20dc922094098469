#include "sync/store/maildir/number_choice.h"

#include <algorithm>

namespace imapkeep {

std::uint32_t NumberChoice::next(const TakenNumbers& taken, std::uint32_t after) {
  if (taken.all != taken_) {
    taken_ = taken.all;
    full_to_ = 0;
  }
  const std::uint32_t free = free_above(taken, std::max(after, full_to_));
  if (after <= full_to_) full_to_ = free - 1;
  const bool own_is_free = taken.own > after && !claimed_.contains(taken.own);
  return own_is_free ? std::min(taken.own, free) : free;
}

std::uint32_t NumberChoice::free_above(const TakenNumbers& taken, std::uint32_t after) {
  std::uint32_t number = after + 1;
  if (!taken.all) {
    while (claimed_.contains(number)) ++number;
    return number;
  }
  auto at = std::lower_bound(taken.all->begin(), taken.all->end(), number);
  for (;; ++number) {
    while (at != taken.all->end() && *at < number) ++at;
    if (at != taken.all->end() && *at == number) continue;
    if (!claimed_.contains(number)) return number;
  }
}

}  // namespace imapkeep
