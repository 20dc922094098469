#include "auth/token_life.h"

#include <catch2/catch.hpp>

using namespace imapkeep;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using Say = TokenLife::Say;

namespace {

const TokenLife::Now kStart{MonoTime(std::chrono::hours(5)), from_unix_ms(1'700'000'000'000)};

TokenLife::Now later(Duration by) {
  return {kStart.mono + by, kStart.wall + std::chrono::duration_cast<milliseconds>(by)};
}

Grant grant(Duration lifetime, std::uint64_t generation = 1, WallTime obtained = kStart.wall) {
  Grant made;
  made.access_token = Secret("a" + std::to_string(generation));
  made.refresh_token = Secret("r");
  made.obtained = obtained;
  made.expires = obtained + std::chrono::duration_cast<milliseconds>(lifetime);
  made.generation = generation;
  return made;
}

TokenRefusal refusal(TokenRefusal::Kind kind, std::optional<seconds> after = std::nullopt) {
  return {kind, after, "", "why"};
}

}  // namespace

TEST_CASE("a token is renewed early, and no login begins with the end of one") {
  struct Row {
    int lifetime, at;
    Say say;
    bool may_use;
  };
  const auto row = GENERATE(values<Row>({
      {3600, 0, Say::kUse, true},
      {3600, 2879, Say::kUse, true},
      {3600, 2880, Say::kRenew, true},  // four fifths
      {3600, 3539, Say::kRenew, true},
      {3600, 3541, Say::kRenew, false},  // less than a minute is left
      {1000, 699, Say::kUse, true},
      {1000, 700, Say::kRenew, true},  // five minutes before
      {5, 2, Say::kUse, true},
      {5, 3, Say::kRenew, true},
      {5, 4, Say::kRenew, true},
      {5, 5, Say::kRenew, false},
      {5, 500, Say::kRenew, false},
  }));
  INFO(row.lifetime << " " << row.at);
  TokenLife life;
  life.loaded(grant(seconds(row.lifetime)), kStart, 0);
  CHECK(static_cast<int>(life.say(later(seconds(row.at)))) == static_cast<int>(row.say));
  CHECK(life.may_use(later(seconds(row.at))) == row.may_use);
}

TEST_CASE("chance renews earlier, never later") {
  for (std::uint64_t chance : {1ULL, 12345678901234ULL, 170'000'000'000ULL, ~0ULL}) {
    TokenLife life;
    life.loaded(grant(seconds(3600)), kStart, chance);
    CHECK(life.say(later(seconds(2699))) == Say::kUse);
    CHECK(life.say(later(seconds(2880))) == Say::kRenew);
  }
}

TEST_CASE("a clock that jumps makes the age of a token unknown, not of one just obtained") {
  const auto jump = GENERATE(minutes(-90), minutes(2), std::chrono::hours(48));
  TokenLife life;
  life.loaded(grant(seconds(3600)), kStart, 0);
  const TokenLife::Now jumped{kStart.mono + seconds(1), kStart.wall + jump};
  CHECK(life.say(jumped) == Say::kRenew);
  CHECK_FALSE(life.may_use(jumped));
  life.renewed(grant(seconds(3600), 2), kStart, false, 0);
  CHECK(life.say(jumped) == Say::kUse);
  // A token of tomorrow.
  TokenLife other;
  other.loaded(grant(seconds(3600), 1, kStart.wall + std::chrono::hours(24)), kStart, 0);
  CHECK(other.say(kStart) == Say::kRenew);
  CHECK_FALSE(other.may_use(kStart));
}

TEST_CASE("a refused token is exchanged once, and the new one's refusal is final") {
  TokenLife life;
  life.loaded(grant(seconds(3600)), kStart, 0);
  CHECK(life.refused(1));
  CHECK(life.is_forced());
  CHECK(life.say(kStart) == Say::kRenew);
  CHECK_FALSE(life.may_use(kStart));
  life.renewed(grant(seconds(3600), 2), kStart, true, 0);
  CHECK(life.refused(1));  // of a connection that was late: the new one is there
  CHECK(life.say(kStart) == Say::kUse);
  CHECK_FALSE(life.refused(2));
  CHECK(life.say(kStart) == Say::kUse);
  // An ordinary renewal later on opens the way for one more.
  life.renewed(grant(seconds(3600), 3), kStart, false, 0);
  CHECK(life.refused(3));
}

TEST_CASE("trouble at the provider keeps the token, and is asked after with growing delays") {
  TokenLife life;
  life.loaded(grant(seconds(3600)), kStart, 0);
  auto now = later(seconds(3000));
  life.failed(refusal(TokenRefusal::Kind::kTransient), now, 0);
  CHECK(life.say(now) == Say::kUse);  // while it lasts
  CHECK(life.retry_at() == now.mono + seconds(5));
  CHECK(life.say(later(seconds(3006))) == Say::kRenew);
  now = later(seconds(4000));
  Duration longest{0};
  for (int i = 0; i < 30; ++i) {
    life.failed(refusal(TokenRefusal::Kind::kTransient), now, ~0ULL);
    const Duration delay = life.retry_at() - now.mono;
    CHECK(delay >= seconds(5));
    CHECK(delay <= minutes(15));
    longest = std::max(longest, delay);
    CHECK(life.say(now) == Say::kWait);
    now = later(now.mono - kStart.mono + delay);
    CHECK(life.say(now) == Say::kRenew);
  }
  CHECK(longest > minutes(4));
  life.failed(refusal(TokenRefusal::Kind::kTransient, seconds(7200)), now, 0);
  CHECK(life.retry_at() == now.mono + seconds(7200));
}

TEST_CASE("an ended grant is asked for no more until the vault holds another") {
  const auto kind = GENERATE(TokenRefusal::Kind::kNeedsLogin, TokenRefusal::Kind::kMisconfigured);
  const Say stop = kind == TokenRefusal::Kind::kNeedsLogin ? Say::kNeedsLogin : Say::kMisconfigured;
  TokenLife life;
  life.loaded(grant(seconds(3600)), kStart, 0);
  const auto now = later(seconds(3700));
  life.failed(refusal(kind), now, 0);
  CHECK(life.say(now) == stop);
  CHECK(life.why() == "why");
  CHECK_FALSE(life.refused(1));
  life.loaded(grant(seconds(3600)), now, 0);  // the same one again
  CHECK(life.say(later(minutes(110))) == stop);
  life.loaded(grant(seconds(3600), 2, now.wall), now, 0);
  CHECK(life.say(now) == Say::kUse);
  CHECK(life.why().empty());
}

TEST_CASE("what an administrator may have mended is asked for once in an hour, or at a wish") {
  TokenLife life;
  life.loaded(grant(seconds(3600)), kStart, 0);
  const auto now = later(seconds(3700));
  life.failed(refusal(TokenRefusal::Kind::kMisconfigured), now, 0);
  CHECK(life.say(later(seconds(3700) + minutes(59))) == Say::kMisconfigured);
  CHECK(life.say(later(seconds(3700) + minutes(60))) == Say::kRenew);
  life.hurry();
  CHECK(life.say(now) == Say::kRenew);
  // A person who wants it now does not bring an ended grant back.
  life.failed(refusal(TokenRefusal::Kind::kNeedsLogin), now, 0);
  life.hurry();
  CHECK(life.say(later(std::chrono::hours(1000))) == Say::kNeedsLogin);
}
