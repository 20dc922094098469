#include "sync/follow/sweep_times.h"

#include <catch2/catch.hpp>

using namespace imapkeep;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {
const MonoTime kStart = MonoTime{} + std::chrono::hours(1);
}  // namespace

TEST_CASE("all folders are looked at every five minutes, a tenth more or less") {
  CHECK(SweepTimes::regular(0) == seconds(270));
  const auto fifth = static_cast<std::uint64_t>(Duration(minutes(1)).count());
  CHECK(SweepTimes::regular(fifth - 1) < seconds(330));
  CHECK(SweepTimes::regular(fifth - 1) > seconds(329));
}

TEST_CASE("a removal brings the next look nearer, and a later wish does not put it off") {
  SweepTimes times;
  CHECK(times.in(minutes(5), kStart) == minutes(5));
  CHECK(times.in(SweepTimes::kAfterRemoval, kStart + seconds(1)) == seconds(2));
  CHECK(times.in(minutes(5), kStart + seconds(2)) == std::nullopt);
  CHECK(times.in(SweepTimes::kAfterRemoval, kStart + seconds(2)) == std::nullopt);
}

TEST_CASE("where mail is removed all day long there are ten seconds between two looks") {
  SweepTimes times;
  times.pass_ended(kStart);
  CHECK(times.in(SweepTimes::kAfterRemoval, kStart + seconds(1)) == seconds(9));
  times.pass_begins();
  times.pass_ended(kStart + seconds(20));
  CHECK(times.in(SweepTimes::kAfterRemoval, kStart + seconds(29)) == seconds(2));
}

TEST_CASE("what was wished for before a pass is no reason to leave out the next look") {
  SweepTimes times;
  CHECK(times.in(seconds(30), kStart) == seconds(30));
  times.pass_begins();
  CHECK(times.in(minutes(5), kStart) == minutes(5));
}
