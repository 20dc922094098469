// The numbers that a store has given to live messages which are alike: in one folder, with one
// date, hash and sizes. By its number alone the store can tell one of them from the other. What a
// number is for, and which one comes next, only the store knows (a Maildir's stands in the file
// name); one that can tell them apart without gives all of them 1 and does not look here. There may
// be tens of thousands, so that all messages of a batch share one list.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace imapkeep {

struct TakenNumbers {
  /// Of the live records that are like the message; ascending. Null: none.
  std::shared_ptr<const std::vector<std::uint32_t>> all;
  /// Of those, the one of the message's own record, when it is stored again: it is not taken, or
  /// what was stored under it would stay behind, unclaimed. 0: none.
  std::uint32_t own = 0;

  static TakenNumbers of(std::vector<std::uint32_t> numbers) {
    return {std::make_shared<const std::vector<std::uint32_t>>(std::move(numbers)), 0};
  }
  /// Those that the message must not have.
  [[nodiscard]] std::vector<std::uint32_t> list() const;
};

}  // namespace imapkeep
