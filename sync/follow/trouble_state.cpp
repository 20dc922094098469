#include "sync/follow/trouble_state.h"

#include <utility>

#include "sync/follow/secret_watch.h"

namespace imapkeep {
namespace {

// What has gone well for this long was not trouble's end by chance.
constexpr Duration kWell = std::chrono::minutes(2);
constexpr Duration kToldAgain = std::chrono::hours(6);

}  // namespace

TroubleState::Step TroubleState::failed(const Error& error, const Login& login, MonoTime now,
                                        std::uint64_t chance) {
  const bool was_well = well_since_ && now - *well_since_ >= kWell;
  if (was_well || error.trouble != last_) in_a_row_ = 0;
  last_ = error.trouble;
  well_since_.reset();
  is_waiting_ = true;

  Step step;
  step.recovery = decide_recovery(error, in_a_row_++, chance);
  // No server has refused anything: there is nothing to try a second time.
  const bool is_login = error.trouble == Trouble::kLogin;
  const bool needs_login = is_login && login.is_needed;
  if (needs_login) step.recovery = {SecretWatch::kLook, true, true};
  // A refused secret is tried again when it has changed, and nobody knows when that will be.
  step.looks = SecretWatch::looks_before_try(login.is_token, in_a_row_);
  if (!needs_login) {
    step.next_try =
        step.recovery.awaits_new_secret ? SecretWatch::kLook * step.looks : step.recovery.delay;
  }
  step.phase = needs_login                    ? AccountPhase::kNeedsLogin
               : step.recovery.needs_operator ? AccountPhase::kStopped
                                              : AccountPhase::kWaiting;
  if (error.trouble == Trouble::kStore) {
    step.tell = Tell::kStore;
  } else if (step.recovery.needs_operator) {
    step.tell = tell_operator(is_login, login, now);
  }
  return step;
}

TroubleState::Tell TroubleState::tell_operator(bool is_login, const Login& login, MonoTime now) {
  if (login.is_needed) {
    return std::exchange(login_told_, true) ? Tell::kStillNeedsLogin : Tell::kOperator;
  }
  // Refused tokens are tried more often than that is news.
  if (!is_login || !login.is_token) return Tell::kOperator;
  if (refusal_told_at_ && now - *refusal_told_at_ < kToldAgain) return Tell::kStillRefused;
  refusal_told_at_ = now;
  return Tell::kOperator;
}

void TroubleState::passed(MonoTime now, bool with_another_token) {
  // Servers cut sessions off when their token ends, whoever has had it renewed. Tokens have a pace
  // of their own.
  if (with_another_token) in_a_row_ = 0;
  login_told_ = false;
  if (well_since_) return;
  well_since_ = now;
  refusal_told_at_.reset();
}

bool TroubleState::network_changed() {
  if (!is_waiting_ || last_ != Trouble::kServer) return false;
  in_a_row_ = 0;
  return true;
}

}  // namespace imapkeep
