#include "sync/plan/taken_numbers.h"

namespace imapkeep {

std::vector<std::uint32_t> TakenNumbers::list() const {
  std::vector<std::uint32_t> numbers;
  if (all) numbers = *all;
  std::erase(numbers, own);
  return numbers;
}

}  // namespace imapkeep
