#include "sync/imap/silence_deadline.h"

#include <catch2/catch.hpp>
#include <memory>

#include "tests/support/sim_world.h"

using namespace imapkeep;
using namespace imapkeep::imap;
using std::chrono::seconds;

namespace {

struct Bench {
  SimWorld world;
  std::string said;
  std::unique_ptr<SilenceDeadline> silence = std::make_unique<SilenceDeadline>(
      world, world, [this](const Error& why) { said = why.what; });
};

}  // namespace

TEST_CASE("silence is reported once, and bytes put it off") {
  Bench bench;
  bench.silence->watch(true, seconds(60));
  bench.world.advance(seconds(59));
  bench.silence->heard();
  bench.world.advance(seconds(59));
  CHECK(bench.said.empty());
  bench.world.advance(seconds(1));
  CHECK(bench.said == "the server said nothing for 60 s");
  CHECK(bench.world.timers_left() == 0);
}

TEST_CASE("nobody is waited for who owes nothing") {
  Bench bench;
  bench.silence->watch(true, seconds(60));
  bench.silence->watch(false, seconds(60));
  CHECK(bench.world.timers_left() == 0);
  bench.world.advance(seconds(600));
  bench.silence->watch(true, seconds(60));
  bench.world.advance(seconds(59));
  CHECK(bench.said.empty());
}

TEST_CASE("patience may change while silence is measured, and doubt makes it short") {
  Bench bench;
  bench.silence->watch(true, seconds(20));
  SECTION("longer") {
    bench.silence->watch(true, seconds(60));
    bench.world.advance(seconds(59));
    CHECK(bench.said.empty());
  }
  SECTION("doubt") {
    bench.silence->doubt();
    bench.silence->restart(true, seconds(20));
    bench.world.advance(seconds(15));
    CHECK(bench.said == "the server said nothing for 15 s");
  }
  SECTION("doubt that a byte has ended") {
    bench.silence->doubt();
    bench.silence->restart(true, seconds(20));
    bench.world.advance(seconds(10));
    bench.silence->heard();
    bench.world.advance(seconds(19));
    CHECK(bench.said.empty());
  }
}

TEST_CASE("whoever is told of silence may destroy who tells it") {
  SimWorld world;
  std::unique_ptr<SilenceDeadline> silence;
  silence = std::make_unique<SilenceDeadline>(world, world, [&](const Error&) { silence.reset(); });
  silence->watch(true, seconds(1));
  world.advance(seconds(1));
  CHECK(silence == nullptr);
}
