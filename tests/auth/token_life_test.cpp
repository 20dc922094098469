#include "auth/token_life.h"

#include <catch2/catch.hpp>

using namespace imapkeep;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using Advice = TokenLife::Advice;

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

/// How long nobody is asked, from `now` on.
Duration waits(const TokenLife& life, TokenLife::Now now) {
  Duration shorter{0};
  Duration longer = std::chrono::hours(24);
  while (longer - shorter > Duration(1)) {
    const Duration middle = (shorter + longer) / 2;
    const TokenLife::Now then{now.mono + middle,
                              now.wall + std::chrono::duration_cast<milliseconds>(middle)};
    (life.advice(then) == Advice::kWait ? shorter : longer) = middle;
  }
  return longer;
}

}  // namespace

TEST_CASE("a token is renewed early, and no login begins with the end of one") {
  struct Row {
    int lifetime, at;
    Advice advice;
    bool may_use;
  };
  const auto row = GENERATE(values<Row>({
      {3600, 0, Advice::kUse, true},
      {3600, 2879, Advice::kUse, true},
      {3600, 2880, Advice::kRenew, true},  // four fifths
      {3600, 3539, Advice::kRenew, true},
      {3600, 3541, Advice::kRenew, false},  // less than a minute is left
      {1000, 699, Advice::kUse, true},
      {1000, 700, Advice::kRenew, true},  // five minutes before
      {5, 2, Advice::kUse, true},
      {5, 3, Advice::kRenew, true},
      {5, 4, Advice::kRenew, true},
      {5, 5, Advice::kRenew, false},
      {5, 500, Advice::kRenew, false},
  }));
  INFO(row.lifetime << " " << row.at);
  TokenLife life;
  life.loaded(grant(seconds(row.lifetime)), kStart, 0);
  CHECK(static_cast<int>(life.advice(later(seconds(row.at)))) == static_cast<int>(row.advice));
  CHECK(life.may_use(later(seconds(row.at))) == row.may_use);
}

TEST_CASE("chance renews earlier, never later") {
  for (std::uint64_t chance : {1ULL, 12345678901234ULL, 170'000'000'000ULL, ~0ULL}) {
    TokenLife life;
    life.loaded(grant(seconds(3600)), kStart, chance);
    CHECK(life.advice(later(seconds(2699))) == Advice::kUse);
    CHECK(life.advice(later(seconds(2880))) == Advice::kRenew);
  }
}

TEST_CASE("a clock that jumps makes the age of a token unknown, not of one just obtained") {
  const auto jump = GENERATE(minutes(-90), minutes(2), std::chrono::hours(48));
  TokenLife life;
  life.loaded(grant(seconds(3600)), kStart, 0);
  const TokenLife::Now jumped{kStart.mono + seconds(1), kStart.wall + jump};
  CHECK(life.advice(jumped) == Advice::kRenew);
  CHECK_FALSE(life.may_use(jumped));
  life.renewed(grant(seconds(3600), 2), kStart, false, 0);
  CHECK(life.advice(jumped) == Advice::kUse);
  // A token of tomorrow.
  TokenLife other;
  other.loaded(grant(seconds(3600), 1, kStart.wall + std::chrono::hours(24)), kStart, 0);
  CHECK(other.advice(kStart) == Advice::kRenew);
  CHECK_FALSE(other.may_use(kStart));
}

TEST_CASE("a token that ends early is exchanged, however often tokens do") {
  TokenLife life;
  life.loaded(grant(seconds(3600)), kStart, 0);
  for (std::uint64_t generation = 1; generation <= 10; ++generation) {
    const TokenLife::Now now = later(seconds(10 * generation));
    INFO(generation);
    life.accepted(generation);
    CHECK(life.advice(now) == Advice::kUse);
    CHECK(life.refused(generation, 0, now));
    CHECK(life.refused(generation, 0, now));  // by another connection
    CHECK(life.is_forced());
    CHECK(life.advice(now) == Advice::kRenew);
    CHECK_FALSE(life.may_use(now));
    life.renewed(grant(seconds(3600), generation + 1, now.wall), now, true, 0);
    CHECK(life.refused(generation, 0, now));  // of a connection that was late: the new one is there
    CHECK(life.advice(now) == Advice::kUse);
    CHECK_FALSE(life.is_doubted());
  }
}

TEST_CASE("tokens that end at once are exchanged ten times, then once a minute, or at a wish") {
  TokenLife life;
  life.loaded(grant(seconds(3600)), kStart, 0);
  std::uint64_t generation = 1;
  int exchanged = 0;
  for (int second = 0; second < 600; ++second) {
    const TokenLife::Now now = later(seconds(second));
    life.accepted(generation);
    CHECK(life.refused(generation, 0, now));
    if (life.advice(now) != Advice::kRenew) {
      CHECK(life.advice(now) == Advice::kWait);
      CHECK_FALSE(life.why().empty());
      continue;
    }
    ++exchanged;
    life.renewed(grant(seconds(3600), ++generation, now.wall), now, true, 0);
  }
  CHECK(exchanged == 10 + 9);
  life.accepted(generation);
  const TokenLife::Now now = later(seconds(600));
  CHECK(life.refused(generation, 0, now));
  life.retry_now();
  CHECK(life.advice(now) == Advice::kRenew);
}

TEST_CASE("new tokens that nobody takes are exchanged only when they have some age") {
  struct Row {
    unsigned before;  // others that were refused in a row
    int age, least;   // seconds
  };
  const auto row = GENERATE(values<Row>({{0, 0, 0},
                                         {1, 0, 0},
                                         {2, 29, 30},
                                         {3, 59, 60},
                                         {4, 119, 120},
                                         {9, 3599, 3600},
                                         {40, 3599, 3600}}));
  INFO(row.before);
  TokenLife life;
  life.loaded(grant(std::chrono::hours(8)), kStart, 0);
  if (row.least > 0) {
    CHECK_FALSE(life.refused(1, row.before, later(seconds(row.age))));
    CHECK(life.advice(later(seconds(row.age))) == Advice::kUse);
    CHECK(life.is_doubted());  // the vault may have another all the same
    life.accepted(1);
    CHECK_FALSE(life.is_doubted());
  }
  CHECK(life.refused(1, row.before, later(seconds(row.least))));
  CHECK(life.advice(later(seconds(row.least))) == Advice::kRenew);
}

TEST_CASE("what nobody has logged in with is counted for all, and one login forgives it") {
  TokenLife life;
  life.loaded(grant(seconds(3600)), kStart, 0);
  for (std::uint64_t generation = 1; generation <= 2; ++generation) {
    CHECK(life.refused(generation, 0, kStart));
    life.renewed(grant(seconds(3600), generation + 1), kStart, true, 0);
  }
  CHECK_FALSE(life.refused(3, 0, kStart));
  SECTION("a login with an old token says nothing of the new one") {
    life.accepted(2);
    CHECK_FALSE(life.refused(3, 0, kStart));
  }
  SECTION("a login") {
    life.accepted(3);
    CHECK(life.refused(3, 0, kStart));
  }
  SECTION("a person's consent") {
    Grant other = grant(seconds(3600), 4);
    other.granted = kStart.wall + seconds(1);
    life.loaded(other, kStart, 0);
    CHECK(life.refused(4, 0, kStart));
  }
}

TEST_CASE("a refused token is not offered again while the next one cannot be had") {
  TokenLife life;
  life.loaded(grant(seconds(3600)), kStart, 0);
  CHECK(life.refused(1, 0, kStart));
  life.failed(refusal(TokenRefusal::Kind::kTransient), kStart, 0);
  CHECK(life.advice(kStart) == Advice::kWait);
  CHECK_FALSE(life.may_use(kStart));
  CHECK(life.why() == "why");
  life.failed(refusal(TokenRefusal::Kind::kMisconfigured), later(minutes(1)), 0);
  CHECK(life.advice(later(minutes(1))) == Advice::kMisconfigured);
  CHECK(life.refused(1, 3, later(minutes(1))));  // get() says why there is none
  // Another process has had it renewed.
  life.loaded(grant(seconds(3600), 2), later(minutes(1)), 0);
  CHECK(life.advice(later(minutes(1))) == Advice::kUse);
}

TEST_CASE("trouble at the provider keeps the token, and is asked after with growing delays") {
  TokenLife life;
  life.loaded(grant(seconds(3600)), kStart, 0);
  auto now = later(seconds(3000));
  life.failed(refusal(TokenRefusal::Kind::kTransient), now, 0);
  CHECK(life.advice(now) == Advice::kUse);  // while it lasts
  CHECK(life.advice(later(seconds(3004))) == Advice::kUse);
  CHECK(life.advice(later(seconds(3005))) == Advice::kRenew);
  now = later(seconds(4000));
  Duration longest{0};
  for (int i = 0; i < 30; ++i) {
    life.failed(refusal(TokenRefusal::Kind::kTransient), now, ~0ULL);
    const Duration delay = waits(life, now);
    CHECK(delay >= seconds(5));
    CHECK(delay <= minutes(15));
    longest = std::max(longest, delay);
    CHECK(life.advice(now) == Advice::kWait);
    now = later(now.mono - kStart.mono + delay);
    CHECK(life.advice(now) == Advice::kRenew);
  }
  CHECK(longest > minutes(4));
  life.failed(refusal(TokenRefusal::Kind::kTransient, seconds(7200)), now, 0);
  CHECK(waits(life, now) == seconds(7200));
}

TEST_CASE("an ended grant is asked for no more until the vault holds another") {
  const auto kind = GENERATE(TokenRefusal::Kind::kNeedsLogin, TokenRefusal::Kind::kMisconfigured);
  const Advice stop =
      kind == TokenRefusal::Kind::kNeedsLogin ? Advice::kNeedsLogin : Advice::kMisconfigured;
  TokenLife life;
  life.loaded(grant(seconds(3600)), kStart, 0);
  const auto now = later(seconds(3700));
  life.failed(refusal(kind), now, 0);
  CHECK(life.advice(now) == stop);
  CHECK(life.why() == "why");
  CHECK(life.refused(1, 0, now));             // whoever asks then is told why
  life.loaded(grant(seconds(3600)), now, 0);  // the same one again
  CHECK(life.advice(later(minutes(110))) == stop);
  life.loaded(grant(seconds(3600), 2, now.wall), now, 0);
  CHECK(life.advice(now) == Advice::kUse);
  CHECK(life.why().empty());
}

TEST_CASE("what an administrator may have mended is asked for once in an hour, or at a wish") {
  TokenLife life;
  life.loaded(grant(seconds(3600)), kStart, 0);
  const auto now = later(seconds(3700));
  life.failed(refusal(TokenRefusal::Kind::kMisconfigured), now, 0);
  CHECK(life.advice(later(seconds(3700) + minutes(59))) == Advice::kMisconfigured);
  CHECK(life.advice(later(seconds(3700) + minutes(60))) == Advice::kRenew);
  life.retry_now();
  CHECK(life.advice(now) == Advice::kRenew);
  // A person who wants it now does not bring an ended grant back.
  life.failed(refusal(TokenRefusal::Kind::kNeedsLogin), now, 0);
  life.retry_now();
  CHECK(life.advice(later(std::chrono::hours(1000))) == Advice::kNeedsLogin);
}

TEST_CASE(
    "the last token of an ended grant is used until the mail server refuses it, and no longer") {
  Grant ended = grant(seconds(3600));
  ended.refusal = GrantRefusal{true, "revoked", kStart.wall, kStart.wall};
  TokenLife life;
  SECTION("by a process that finds it so") {
    life.loaded(ended, kStart, 0);
    CHECK(life.advice(kStart) == Advice::kUse);
    CHECK(life.refused(1, 0, kStart));
  }
  SECTION("however new it is, and however many were refused before") {
    life.loaded(ended, kStart, 0);
    CHECK(life.refused(1, 7, kStart));
  }
  SECTION("by a process that lives on it when another one finds out") {
    life.loaded(grant(seconds(3600)), kStart, 0);
    CHECK(life.refused(1, 0, kStart));
    life.loaded(ended, kStart, 0);
  }
  SECTION("the same, where it was too new to be exchanged") {
    life.loaded(grant(seconds(3600)), kStart, 0);
    CHECK_FALSE(life.refused(1, 5, kStart));
    life.loaded(ended, kStart, 0);
  }
  CHECK(life.advice(kStart) == Advice::kNeedsLogin);
  CHECK_FALSE(life.may_use(kStart));
  CHECK(life.why() == "revoked");
  life.loaded(ended, kStart, 0);  // read once more
  CHECK(life.advice(kStart) == Advice::kNeedsLogin);
  Grant after = grant(seconds(3600), 2);
  after.granted = kStart.wall + seconds(1);
  life.loaded(after, kStart, 0);
  CHECK(life.advice(kStart) == Advice::kUse);
}

TEST_CASE(
    "a provider that gives the same token until it ends is not asked for another before that") {
  TokenLife life;
  life.loaded(grant(seconds(3600)), kStart, 0);
  CHECK(life.advice(later(seconds(2880))) == Advice::kRenew);
  // The same one, with what is left of it.
  life.renewed(grant(seconds(720), 2, later(seconds(2880)).wall), later(seconds(2880)), false, 0);
  life.is_given_again();
  CHECK(life.advice(later(seconds(3500))) == Advice::kUse);
  CHECK(life.advice(later(seconds(3541))) == Advice::kRenew);
  CHECK_FALSE(life.may_use(later(seconds(3541))));
}
