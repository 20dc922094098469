#include "sync/imap/talk_limit.h"

#include <catch2/catch.hpp>

using namespace imapkeep;
using namespace imapkeep::imap;

TEST_CASE("what nobody asked for is counted until something comes that was asked for") {
  TalkLimit talk;
  talk.received(TalkLimit::kMostUnclaimed);
  CHECK_FALSE(talk.too_much_unclaimed());
  SECTION("one more byte") {
    talk.received(1);
    REQUIRE(talk.too_much_unclaimed());
    CHECK(talk.too_much_unclaimed()->what.find("64 MiB of what nobody had asked for") !=
          std::string::npos);
  }
  SECTION("something that was asked for") {
    talk.claimed();
    talk.received(TalkLimit::kMostUnclaimed);
    CHECK_FALSE(talk.too_much_unclaimed());
  }
}

TEST_CASE("responses are counted until a tagged reply, whatever they are") {
  TalkLimit talk;
  for (std::uint64_t i = 0; i < TalkLimit::kMostResponses; ++i) talk.responded();
  talk.claimed();
  CHECK_FALSE(talk.too_many_responses());
  SECTION("one more") {
    talk.responded();
    CHECK(talk.too_many_responses());
  }
  SECTION("a reply") {
    talk.replied();
    talk.responded();
    CHECK_FALSE(talk.too_many_responses());
  }
}
