#include "daemon/base/lifetime.h"

#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <optional>

using namespace imapkeep;

namespace {

/// Calls its handler, and says afterwards whether it still lives.
struct Caller {
  std::function<void()> handler;
  Lifetime lifetime;

  bool call() {
    const LifetimeWatch self(lifetime);
    const auto handler_copy = handler;
    handler_copy();
    return !self.ended();
  }
};

}  // namespace

TEST_CASE("a call knows whether it has destroyed its object") {
  auto caller = std::make_unique<Caller>();
  caller->handler = [] {};
  CHECK(caller->call());
  CHECK_FALSE(caller->lifetime.is_watched());
  caller->handler = [&] {
    CHECK(caller->lifetime.is_watched());
    caller.reset();
  };
  CHECK_FALSE(caller->call());
}

TEST_CASE("each of several nested calls knows it") {
  auto caller = std::make_unique<Caller>();
  int depth = 0;
  std::optional<bool> inner_lives;
  bool destroys = false;
  caller->handler = [&] {
    if (++depth == 1) {
      inner_lives = caller->call();
    } else if (destroys) {
      caller.reset();
    }
  };
  SECTION("nobody destroys it") {
    CHECK(caller->call());
    CHECK(inner_lives == true);
    CHECK_FALSE(caller->lifetime.is_watched());
  }
  SECTION("the inner one destroys it") {
    destroys = true;
    CHECK_FALSE(caller->call());
    CHECK(inner_lives == false);
  }
}

TEST_CASE("a watch that has ended is no longer told") {
  std::optional<Lifetime> lifetime(std::in_place);
  {
    const LifetimeWatch first(*lifetime);
    { const LifetimeWatch second(*lifetime); }
    CHECK(lifetime->is_watched());
    CHECK_FALSE(first.ended());
  }
  CHECK_FALSE(lifetime->is_watched());
  lifetime.reset();
}
