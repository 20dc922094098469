#include "daemon/base/operation.h"

#include <catch2/catch.hpp>

using namespace imapkeep;

TEST_CASE("a completed call tells its handler once; a cancelled one is silent") {
  int called = 0;
  int cancelled = 0;
  Pending<int> pending([&](Result<int> result) { called += *result; });
  Operation operation = pending.operation([&] { ++cancelled; });
  SECTION("completed") {
    pending.complete(1);
    pending.complete(1);
    operation.cancel();
    CHECK(called == 1);
    CHECK(cancelled == 0);
  }
  SECTION("cancelled by destruction") {
    { const Operation dies = std::move(operation); }
    CHECK_FALSE(pending.wanted());
    pending.complete(1);
    CHECK(called == 0);
    CHECK(cancelled == 1);
  }
  SECTION("the handler may overwrite its own operation") {
    Pending<int> again([&](Result<int>) { operation = Operation(); });
    operation = again.operation();
    again.complete(1);
    CHECK(cancelled == 1);
  }
}
