#include "sync/follow/idle_rhythm.h"

#include <catch2/catch.hpp>

using namespace imapkeep;
using std::chrono::minutes;

namespace {

/// Without the spread.
Duration length(const IdleRhythm& rhythm) { return rhythm.next(0); }

}  // namespace

TEST_CASE("an IDLE is shorter after a dead one, and long again after many good ones") {
  IdleRhythm rhythm{minutes(9)};
  CHECK(length(rhythm) == minutes(9));
  rhythm.found_dead();
  CHECK(length(rhythm) == std::chrono::seconds(270));
  rhythm.found_dead();
  CHECK(length(rhythm) == minutes(4));
  for (int i = 1; i < IdleRhythm::kGoodOnes; ++i) rhythm.renewed();
  CHECK(length(rhythm) == minutes(4));
  rhythm.renewed();
  CHECK(length(rhythm) == minutes(8));
  for (int i = 0; i < IdleRhythm::kGoodOnes; ++i) rhythm.renewed();
  CHECK(length(rhythm) == minutes(9));
}

TEST_CASE("a dead one among good ones begins the count anew") {
  IdleRhythm rhythm{minutes(9)};
  rhythm.found_dead();
  rhythm.found_dead();
  for (int i = 1; i < IdleRhythm::kGoodOnes; ++i) rhythm.renewed();
  rhythm.found_dead();
  rhythm.renewed();
  CHECK(length(rhythm) == minutes(4));
}

TEST_CASE("a provider's period is never exceeded") {
  IdleRhythm rhythm{minutes(3)};
  CHECK(length(rhythm) == minutes(3));
  rhythm.found_dead();
  CHECK(length(rhythm) == minutes(3));
  for (int i = 0; i < 3 * IdleRhythm::kGoodOnes; ++i) rhythm.renewed();
  CHECK(length(rhythm) == minutes(3));
}

TEST_CASE("the spread takes a tenth away at most") {
  const IdleRhythm rhythm{minutes(9)};
  for (const std::uint64_t chance : {std::uint64_t{1}, std::uint64_t{1} << 40, UINT64_MAX}) {
    CHECK(rhythm.next(chance) <= minutes(9));
    CHECK(rhythm.next(chance) > std::chrono::seconds(486));
  }
}
