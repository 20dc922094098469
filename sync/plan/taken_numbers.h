// The `~n` numbers of a name. Equal messages of one folder that arrived in the same second have one
// name between them and differ by number, and there may be tens of thousands: the taken numbers are
// one list that all messages of a batch share, and each next free one is found by going on from the
// last. Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <utility>
#include <vector>

namespace imapkeep {

struct TakenNumbers {
  /// Of the live records that have this very name; ascending. Null: none.
  std::shared_ptr<const std::vector<std::uint32_t>> all;
  /// Of those, the one of the message's own record, when it is stored again: it is not taken, or
  /// its old file would stay behind, unclaimed. 0: none.
  std::uint32_t own = 0;

  static TakenNumbers of(std::vector<std::uint32_t> numbers) {
    return {std::make_shared<const std::vector<std::uint32_t>>(std::move(numbers)), 0};
  }
  /// Those that the message must not have.
  [[nodiscard]] std::vector<std::uint32_t> list() const;
};

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
