#include "sync/store/maildir/number_choice.h"

#include <catch2/catch.hpp>
#include <ctime>
#include <numeric>

using namespace imapkeep;

namespace {

using Numbers = std::vector<std::uint32_t>;

// What one batch of equal messages gets: one number each, in order.
Numbers give(const TakenNumbers& taken, std::size_t messages) {
  NumberChoice choice;
  Numbers given;
  for (std::size_t i = 0; i < messages; ++i) {
    given.push_back(choice.next(taken, 0));
    choice.claim(given.back());
  }
  return given;
}

}  // namespace

TEST_CASE("a message gets the smallest number that is neither taken nor claimed") {
  struct Row {
    const char* name;
    TakenNumbers taken;
    Numbers given;
  };
  const auto own = [](Numbers all, std::uint32_t number) {
    TakenNumbers taken = TakenNumbers::of(std::move(all));
    taken.own = number;
    return taken;
  };
  const std::vector<Row> rows = {
      {"none taken", {}, {1, 2, 3}},
      {"some taken", TakenNumbers::of({1, 2}), {3, 4, 5}},
      {"gaps are filled", TakenNumbers::of({2, 3, 5}), {1, 4, 6}},
      {"one number of two records", TakenNumbers::of({1, 1, 2}), {3, 4}},
      {"its own again", own({1, 2, 3}, 2), {2, 4}},
      {"its own is not the smallest", own({2, 3}, 3), {1, 3, 4}},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    CHECK(give(row.taken, row.given.size()) == row.given);
  }
}

TEST_CASE("a number behind which another file lies is passed over") {
  const TakenNumbers taken = TakenNumbers::of({2});
  NumberChoice choice;
  CHECK(choice.next(taken, 0) == 1);
  CHECK(choice.next(taken, 1) == 3);
  choice.claim(3);
  CHECK(choice.next(taken, 0) == 1);  // still free, as far as this one knows
  CHECK(choice.next(taken, 1) == 4);
}

TEST_CASE("another list of taken numbers is looked at from its beginning") {
  NumberChoice choice;
  CHECK(choice.next(TakenNumbers::of({1, 2, 3}), 0) == 4);
  CHECK(choice.next(TakenNumbers::of({1}), 0) == 2);
  CHECK(choice.next({}, 0) == 1);
}

// The square of these numbers would take minutes of CPU time; it takes some hundredths of a second.
TEST_CASE("a hundred thousand equal messages are numbered in one go") {
  Numbers all(100'000);
  std::iota(all.begin(), all.end(), 1U);
  const std::clock_t before = std::clock();
  const Numbers given = give(TakenNumbers::of(std::move(all)), 100'000);
  CHECK(given.front() == 100'001);
  CHECK(given.back() == 200'000);
  CHECK((std::clock() - before) / CLOCKS_PER_SEC < 10);
}
