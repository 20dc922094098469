#include "auth/token_life.h"

#include <algorithm>

namespace imapkeep {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration kEarly = seconds(300);
constexpr Duration kLeastLeft = seconds(60);
constexpr Duration kPostponed = minutes(1);
constexpr Duration kFirstDelay = seconds(5);
constexpr Duration kMostDelay = minutes(15);
constexpr Duration kMisconfiguredDelay = minutes(60);
constexpr Duration kExchangePace = minutes(1);
constexpr int kExchangesAtOnce = 10;
constexpr unsigned kNewOnesRefused = 2;  // in a row: then it is not their age
constexpr Duration kLeastAge = seconds(30);
constexpr Duration kMostLeastAge = minutes(60);
constexpr auto kJump = std::chrono::milliseconds(60'000);

WallTime wall_at_zero(TokenLife::Now now) {
  return now.wall -
         std::chrono::duration_cast<std::chrono::milliseconds>(now.mono.time_since_epoch());
}

Duration part_of(Duration whole, std::uint64_t chance) {
  return whole.count() <= 0 ? Duration(0)
                            : Duration(static_cast<std::int64_t>(
                                  chance % static_cast<std::uint64_t>(whole.count())));
}

/// How old a token must be for its refusal to be about its age, when others were refused before.
Duration least_age(unsigned before) {
  if (before < kNewOnesRefused) return Duration(0);
  return std::min(kMostLeastAge, kLeastAge * (1L << std::min(before - kNewOnesRefused, 10U)));
}

}  // namespace

void TokenLife::take(const Grant& grant, Now now, std::uint64_t chance) {
  state_ = State::kAlive;
  generation_ = grant.generation;
  granted_ = grant.granted;
  why_.clear();
  failures_ = 0;
  retry_at_ = MonoTime{};
  refused_ = false;
  doubted_ = false;
  wall_at_mono_zero_ = wall_at_zero(now);
  lifetime_ = grant.expires - grant.obtained;
  const Duration age = now.wall - grant.obtained;
  // Obtained in the future, or with a life that makes no sense: the clock is not what it was.
  has_access_ = !grant.access_token.empty() && age >= -Duration(kJump) && lifetime_ > Duration(0);
  expires_ = now.mono + (lifetime_ - age);
  // Not before half of a short life is over: else each login would renew it.
  const Duration at = std::max(lifetime_ / 2, std::min(lifetime_ - kEarly, lifetime_ / 5 * 4));
  renew_at_ = now.mono + (at - age) - part_of(lifetime_ / 20, chance);
}

void TokenLife::loaded(const Grant& grant, Now now, std::uint64_t chance) {
  const bool has_ended = grant.refusal && grant.refusal->is_final;
  const bool is_same = grant.generation == generation_ && grant.granted == granted_ &&
                       (!has_ended || state_ == State::kNeedsLogin || hurried_);
  if (state_ != State::kUnknown && is_same && !clock_jumped(now)) return;
  if (grant.granted != granted_) unaccepted_ = 0;
  // The same token, read again: what the mail server said of it is still so.
  const bool was_doubted = (refused_ || doubted_) && grant.generation == generation_ &&
                           grant.granted == granted_ && !hurried_;
  take(grant, now, chance);
  from_wall_ = true;
  if (grant.refusal && !hurried_) remember(*grant.refusal, now);
  refused_ = doubted_ = was_doubted && state_ == State::kNeedsLogin;
}

void TokenLife::remember(const GrantRefusal& refusal, Now now) {
  if (refusal.is_final) {
    state_ = State::kNeedsLogin;
    why_ = refusal.why;
    return;
  }
  // Never longer than it was said, whatever the clock says now.
  const Duration left = std::min(refusal.not_before - now.wall, refusal.not_before - refusal.at);
  if (left <= Duration(0)) return;
  retry_at_ = now.mono + left;
  why_ = refusal.why;
}

void TokenLife::renewed(const Grant& grant, Now now, bool forced, std::uint64_t chance) {
  const bool was_early = forced && now.mono < expires_;
  take(grant, now, chance);
  from_wall_ = false;
  hurried_ = false;
  if (!was_early) return;
  ++unaccepted_;
  exchanged_until_ = std::max(exchanged_until_, now.mono) + kExchangePace;
}

void TokenLife::postponed(Now now) { renew_at_ = std::max(renew_at_, now.mono + kPostponed); }

void TokenLife::missing(const std::string& why) {
  state_ = State::kNeedsLogin;
  generation_ = 0;
  has_access_ = false;
  why_ = why;
}

void TokenLife::failed(const TokenRefusal& refusal, Now now, std::uint64_t chance) {
  why_ = refusal.what;
  hurried_ = false;
  switch (refusal.kind) {
    case TokenRefusal::Kind::kNeedsLogin:
    case TokenRefusal::Kind::kExpired:
    case TokenRefusal::Kind::kDeclined:
      state_ = State::kNeedsLogin;
      return;
    case TokenRefusal::Kind::kMisconfigured:
      // The administrator's part of it is mended elsewhere, and no file here tells of that.
      state_ = State::kMisconfigured;
      retry_at_ = now.mono + kMisconfiguredDelay - part_of(kMisconfiguredDelay / 10, chance);
      return;
    case TokenRefusal::Kind::kTransient:
    case TokenRefusal::Kind::kPending:
    case TokenRefusal::Kind::kSlowDown:
      break;
  }
  // Full jitter between the first delay and a bound that doubles.
  const Duration bound = std::min(kMostDelay, kFirstDelay * (1L << std::min(failures_, 10U)));
  ++failures_;
  Duration delay = kFirstDelay + part_of(bound - kFirstDelay + Duration(1), chance);
  if (refusal.retry_after) delay = std::max(delay, Duration(*refusal.retry_after));
  retry_at_ = now.mono + delay;
}

bool TokenLife::refused(std::uint64_t generation, unsigned before, Now now) {
  if (generation != generation_ || refused_) return true;  // another is here, or on its way
  doubted_ = true;
  // The provider has said that the grant has ended: then so has its last token, however new it is.
  if (state_ == State::kNeedsLogin) return refused_ = true;
  const Duration age = now.mono - (expires_ - lifetime_);
  if (age < least_age(std::max(before, unaccepted_))) return false;
  refused_ = true;
  if (why_.empty()) why_ = "the mail server has ended the last tokens early; the next one waits";
  return true;
}

void TokenLife::accepted(std::uint64_t generation) {
  if (generation != generation_) return;
  unaccepted_ = 0;
  if (!refused_) doubted_ = false;
}

bool TokenLife::may_exchange(Now now) const {
  return exchanged_until_ - now.mono <= kExchangePace * (kExchangesAtOnce - 1);
}

bool TokenLife::clock_jumped(Now now) const {
  const auto moved = wall_at_zero(now) - wall_at_mono_zero_;
  return from_wall_ && (moved > kJump || moved < -kJump);
}

bool TokenLife::may_use(Now now) const {
  if (state_ == State::kUnknown || !has_access_ || refused_ || clock_jumped(now)) return false;
  return expires_ - now.mono >= least_left();
}

Duration TokenLife::least_left() const { return std::min(kLeastLeft, lifetime_ / 5); }

TokenLife::Advice TokenLife::advice(Now now) const {
  const bool usable = may_use(now);
  if (state_ == State::kNeedsLogin) return usable ? Advice::kUse : Advice::kNeedsLogin;
  if (state_ == State::kMisconfigured && now.mono < retry_at_)
    return usable ? Advice::kUse : Advice::kMisconfigured;
  if (usable && now.mono < renew_at_) return Advice::kUse;
  if (now.mono < retry_at_) return usable ? Advice::kUse : Advice::kWait;
  if (refused_ && now.mono < expires_ && !may_exchange(now)) return Advice::kWait;
  return Advice::kRenew;
}

}  // namespace imapkeep
