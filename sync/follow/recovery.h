// What a daemon does about an error: its remedy and its trouble, and how often it has come in a
// row, turned into a delay and into who has to act. Pure; the table is the policy.
//   network, or no IMAP at all   soon, 1 s doubling to 5 minutes
//   "come later"   1 minute doubling to an hour (throttles, limits, refused for now)
//   store          5 s doubling to 5 minutes, since disks come back; the operator is told
//   certificate, nothing in common    5 minutes doubling to an hour; the operator is told
//   login          once more after a minute, because servers lie under load; a second refusal in a
//                  row stops the account until its secret changes, since more may lock it out
#pragma once

#include "daemon/base/clock.h"
#include "daemon/base/error.h"
#include "sync/pass/backoff.h"

namespace imapkeep {

struct Recovery {
  Duration delay{0};
  bool needs_operator = false;
  /// Trying the same secret again is no use: looked at after `delay`, used only when it changed.
  bool awaits_new_secret = false;
  bool operator==(const Recovery&) const = default;
};

/// `in_a_row`: failures of this trouble before this one, 0 for the first. `chance`: any number.
inline Recovery decide_recovery(const Error& error, unsigned in_a_row, std::uint64_t chance) {
  using std::chrono::hours;
  using std::chrono::minutes;
  using std::chrono::seconds;
  const auto backoff = [&](Duration first, Duration most) {
    return Backoff{first, most}.delay(in_a_row, chance);
  };
  switch (error.trouble) {
    case Trouble::kLogin:
      if (in_a_row == 0) return {minutes(1), false, false};
      return {minutes(5), true, true};
    case Trouble::kStore:
      return {backoff(seconds(5), minutes(5)), true, false};
    case Trouble::kBusy:
      return {backoff(minutes(1), hours(1)), false, false};
    case Trouble::kConfig:
    case Trouble::kUsage:
      return {backoff(minutes(5), hours(1)), true, false};
    case Trouble::kServer:
    case Trouble::kMessage:
      break;
  }
  switch (error.remedy) {
    case Remedy::kNeedsOperator:
      return {backoff(minutes(5), hours(1)), true, false};
    case Remedy::kRetryLater:
      return {backoff(minutes(1), hours(1)), false, false};
    case Remedy::kSkipMessage:
    case Remedy::kReconnect:
    case Remedy::kRetrySoon:
      break;
  }
  return {backoff(seconds(1), minutes(5)), false, false};
}

}  // namespace imapkeep
