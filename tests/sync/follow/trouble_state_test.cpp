// What a keeper does about troubles that come one after the other, as tables.
#include "sync/follow/trouble_state.h"

#include <catch2/catch.hpp>

#include "sync/follow/secret_watch.h"

using namespace imapkeep;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using Tell = TroubleState::Tell;

namespace {

const MonoTime kStart = MonoTime{} + hours(1);
const Error kLost = server_error("lost");
const Error kRefused{Remedy::kNeedsOperator, Trouble::kLogin, "no", 0};
const Error kFull{Remedy::kNeedsOperator, Trouble::kStore, "full", 0};
const Error kCertificate = server_error("certificate", Remedy::kNeedsOperator);

struct Row {
  const Error* error;  ///< null: a pass goes through
  Duration after;      ///< since the row before
  Duration delay;      ///< by chance 0
  AccountPhase phase;
  Tell tell;
};

void walk(const std::vector<Row>& rows, TroubleState::Login login = {}) {
  TroubleState trouble;
  MonoTime now = kStart;
  std::size_t number = 0;
  for (const Row& row : rows) {
    INFO("row " << number++);
    now += row.after;
    if (row.error == nullptr) {
      trouble.passed(now, false);
      continue;
    }
    const auto step = trouble.failed(*row.error, login, now, 0);
    CHECK(step.recovery.delay == row.delay);
    CHECK(step.phase == row.phase);
    CHECK(step.tell == row.tell);
    CHECK(trouble.is_waiting());
    trouble.try_again();
    CHECK_FALSE(trouble.is_waiting());
  }
}

constexpr AccountPhase kWaiting = AccountPhase::kWaiting;
constexpr AccountPhase kStopped = AccountPhase::kStopped;
constexpr Duration kHalf = std::chrono::milliseconds(500);

}  // namespace

TEST_CASE("the same trouble in a row is waited for longer, another one begins anew") {
  walk({{&kLost, {}, kHalf, kWaiting, Tell::kWaits},
        {&kLost, {}, seconds(1), kWaiting, Tell::kWaits},
        {&kLost, {}, seconds(2), kWaiting, Tell::kWaits},
        {&kFull, {}, std::chrono::milliseconds(2500), kStopped, Tell::kStore},
        {&kLost, {}, kHalf, kWaiting, Tell::kWaits}});
}

TEST_CASE("one pass that goes through is not the end of a trouble") {
  // A server that lets one pass through and then fails must not be asked once a second.
  walk({{&kLost, {}, kHalf, kWaiting, Tell::kWaits},
        {nullptr, {}, {}, {}, {}},
        {&kLost, seconds(10), seconds(1), kWaiting, Tell::kWaits},
        {nullptr, {}, {}, {}, {}},
        {nullptr, minutes(1), {}, {}, {}},
        {&kLost, minutes(1), kHalf, kWaiting, Tell::kWaits}});
}

TEST_CASE("a password that is refused twice stops the account until it changes") {
  walk({{&kRefused, {}, minutes(1), kWaiting, Tell::kWaits},
        {&kRefused, {}, minutes(5), kStopped, Tell::kOperator},
        {&kRefused, {}, minutes(5), kStopped, Tell::kOperator}});
}

TEST_CASE("a token that is refused again and again is told every six hours") {
  walk({{&kRefused, {}, minutes(1), kWaiting, Tell::kWaits},
        {&kRefused, {}, minutes(5), kStopped, Tell::kOperator},
        {&kRefused, hours(5), minutes(5), kStopped, Tell::kStillRefused},
        {&kRefused, hours(1), minutes(5), kStopped, Tell::kOperator},
        {&kRefused, minutes(5), minutes(5), kStopped, Tell::kStillRefused},
        // All was well meanwhile: it is news.
        {nullptr, {}, {}, {}, {}},
        {&kRefused, minutes(1), minutes(5), kStopped, Tell::kOperator}},
       {false, true});
}

TEST_CASE("a login that is needed is told once, and nothing is tried meanwhile") {
  walk(
      {{&kRefused, {}, SecretWatch::kLook, AccountPhase::kNeedsLogin, Tell::kOperator},
       {&kRefused, hours(9), SecretWatch::kLook, AccountPhase::kNeedsLogin, Tell::kStillNeedsLogin},
       {nullptr, {}, {}, {}, {}},
       {&kRefused, {}, SecretWatch::kLook, AccountPhase::kNeedsLogin, Tell::kOperator}},
      {true, true});
}

TEST_CASE("a certificate is told each time, a full disk in its own words") {
  walk({{&kCertificate, {}, seconds(150), kStopped, Tell::kOperator},
        {&kCertificate, {}, minutes(5), kStopped, Tell::kOperator},
        {&kFull, {}, std::chrono::milliseconds(2500), kStopped, Tell::kStore}});
}

TEST_CASE("when the next try is at the latest") {
  struct Row {
    const char* name;
    Error error;
    int failures;  ///< of the same before it
    TroubleState::Login login;
    std::optional<Duration> next_try;
  };
  const Row rows[] = {
      {"the network", kLost, 0, {}, kHalf},
      {"a password, once", kRefused, 0, {}, minutes(1)},
      {"a password, twice: a quarter of an hour", kRefused, 1, {}, minutes(15)},
      {"a password, three times", kRefused, 2, {}, minutes(30)},
      {"a token, twice", kRefused, 1, {false, true}, minutes(5)},
      {"never later than six hours", kRefused, 40, {}, hours(6)},
      {"with the login", kRefused, 1, {true, true}, std::nullopt},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    TroubleState trouble;
    for (int i = 0; i < row.failures; ++i) (void)trouble.failed(row.error, row.login, kStart, 0);
    CHECK(trouble.failed(row.error, row.login, kStart, 0).next_try == row.next_try);
  }
}

TEST_CASE("another token ends a row of troubles, since its end may have been all of them") {
  TroubleState trouble;
  (void)trouble.failed(kLost, {}, kStart, 0);
  trouble.passed(kStart, true);
  CHECK(trouble.failed(kLost, {}, kStart, 0).recovery.delay == kHalf);
}

TEST_CASE("a network that has changed is worth another try only where it was the trouble") {
  TroubleState trouble;
  CHECK_FALSE(trouble.network_changed());
  (void)trouble.failed(kLost, {}, kStart, 0);
  (void)trouble.failed(kLost, {}, kStart, 0);
  CHECK(trouble.network_changed());
  CHECK(trouble.failed(kLost, {}, kStart, 0).recovery.delay == kHalf);
  (void)trouble.failed(kRefused, {}, kStart, 0);
  CHECK_FALSE(trouble.network_changed());  // the password is not tried once more for that
}
