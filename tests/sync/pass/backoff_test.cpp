#include "sync/pass/backoff.h"

#include <catch2/catch.hpp>

using namespace imapkeep;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_CASE("waits double up to the most, between half and the whole") {
  const Backoff backoff{seconds(1), seconds(10)};
  constexpr std::uint64_t kMost = ~std::uint64_t{0};
  struct Row {
    unsigned attempt;
    Duration whole;
  };
  const Row rows[] = {{0, seconds(1)},
                      {1, seconds(2)},
                      {2, seconds(4)},
                      {3, seconds(8)},
                      {4, seconds(10)},
                      {5, seconds(10)},
                      {4'000'000'000, seconds(10)}};
  for (const Row& row : rows) {
    INFO("attempt " << row.attempt);
    const auto half = static_cast<std::uint64_t>(Duration(row.whole).count() / 2);
    CHECK(backoff.delay(row.attempt, 0) == row.whole / 2);
    CHECK(backoff.delay(row.attempt, half) == row.whole);
    CHECK(backoff.delay(row.attempt, half + 1) == row.whole / 2);
    for (const std::uint64_t chance : {std::uint64_t{12345}, kMost / 3, kMost}) {
      CHECK(backoff.delay(row.attempt, chance) >= row.whole / 2);
      CHECK(backoff.delay(row.attempt, chance) <= row.whole);
    }
  }
}

TEST_CASE("a most below the first is the most") {
  CHECK(Backoff{seconds(5), seconds(2)}.delay(0, 0) == seconds(1));
  CHECK(Backoff{seconds(5), milliseconds(0)}.delay(9, 7) == Duration(0));
}
