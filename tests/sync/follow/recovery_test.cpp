// The policy of recovery.h, row by row.
#include "sync/follow/recovery.h"

#include <catch2/catch.hpp>

using namespace imapkeep;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

TEST_CASE("what is done about a trouble, and how long it is waited") {
  // By chance 0: the shortest wait that is possible, half of the whole.
  struct Row {
    const char* name;
    Trouble trouble;
    Remedy remedy;
    unsigned in_a_row;
    Recovery expected;
  };
  constexpr auto kNever = false;
  constexpr auto kOperator = true;
  const Row rows[] = {
      {"the network", Trouble::kServer, Remedy::kRetrySoon, 0, {milliseconds(500), kNever, false}},
      {"… again", Trouble::kServer, Remedy::kRetrySoon, 3, {seconds(4), kNever, false}},
      {"… for long", Trouble::kServer, Remedy::kRetrySoon, 99, {seconds(150), kNever, false}},
      {"a session that is over",
       Trouble::kServer,
       Remedy::kReconnect,
       0,
       {milliseconds(500), kNever, false}},
      {"one folder",
       Trouble::kMessage,
       Remedy::kSkipMessage,
       0,
       {milliseconds(500), kNever, false}},
      {"the server says later",
       Trouble::kServer,
       Remedy::kRetryLater,
       0,
       {seconds(30), kNever, false}},
      {"throttled", Trouble::kBusy, Remedy::kRetryLater, 0, {seconds(30), kNever, false}},
      {"throttled, whatever else it says",
       Trouble::kBusy,
       Remedy::kRetrySoon,
       1,
       {minutes(1), kNever, false}},
      {"throttled for long", Trouble::kBusy, Remedy::kRetryLater, 99, {minutes(30), kNever, false}},
      {"the certificate",
       Trouble::kServer,
       Remedy::kNeedsOperator,
       0,
       {seconds(150), kOperator, false}},
      {"the configuration",
       Trouble::kConfig,
       Remedy::kRetrySoon,
       99,
       {minutes(30), kOperator, false}},
      {"the disk",
       Trouble::kStore,
       Remedy::kNeedsOperator,
       0,
       {milliseconds(2500), kOperator, false}},
      {"the disk, again", Trouble::kStore, Remedy::kRetryLater, 1, {seconds(5), kOperator, false}},
      {"the disk, for long",
       Trouble::kStore,
       Remedy::kRetryLater,
       99,
       {seconds(150), kOperator, false}},
      // Servers refuse logins under load; but a password that is wrong locks the account when it is
      // tried again and again.
      {"a login, once", Trouble::kLogin, Remedy::kNeedsOperator, 0, {minutes(1), kNever, false}},
      {"a login, twice", Trouble::kLogin, Remedy::kNeedsOperator, 1, {minutes(5), kOperator, true}},
      {"a login, ever after",
       Trouble::kLogin,
       Remedy::kRetrySoon,
       50,
       {minutes(5), kOperator, true}},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    const Recovery recovery = decide_recovery({row.remedy, row.trouble, "no", 0}, row.in_a_row, 0);
    CHECK(recovery.delay == row.expected.delay);
    CHECK(recovery.needs_operator == row.expected.needs_operator);
    CHECK(recovery.awaits_new_secret == row.expected.awaits_new_secret);
  }
}
