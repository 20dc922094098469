// What a grant is good for at this moment, as a pure machine: it is told what happened and when,
// and says whether its access token may be used, a new one has to be asked for, or nobody may ask.
//   early enough      use it          past renewal      ask for a new one, before it is missed
//   refused           ask for another transient error   use the old one while it lasts, back off
//   invalid_grant     needs a login   wrong client      needs the configuration
// Of a grant that has ended the last token is used while the mail server takes it, and no longer.
// Nothing that it is told costs a token: only another grant from the vault replaces one.
// Tokens may end before their time at any moment, and each such end is worth one renewal. Whoever
// is refused again and again with tokens that are new is refused for another reason: then only a
// token of some age is exchanged, 30 s doubling to an hour. And however they end, ten are exchanged
// at once and then one each minute.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "auth/grant.h"
#include "auth/token_answer.h"
#include "daemon/base/clock.h"

namespace imapkeep {

class TokenLife {
 public:
  struct Now {
    MonoTime mono;
    WallTime wall;
  };
  enum class Advice {
    kUse,            ///< the access token, as it is
    kRenew,          ///< first; or use the old one if that fails and may_use() still holds
    kWait,           ///< nobody is asked for a while
    kNeedsLogin,     ///< nobody is asked until the vault holds another generation
    kMisconfigured,  ///< nobody is asked for a while: what is wrong may lie with the provider
  };

  /// A grant as the vault holds it, maybe the one that is known; `chance` spreads the renewals of
  /// many accounts.
  void loaded(const Grant& grant, Now now, std::uint64_t chance);
  /// Tokens have come and are durable; `forced`: because the one before was refused.
  void renewed(const Grant& grant, Now now, bool forced, std::uint64_t chance);
  /// It was the token that there was, as some providers give it until it ends: another is not asked
  /// for before that.
  void is_given_again() { renew_at_ = expires_ - least_left(); }
  void failed(const TokenRefusal& refusal, Now now, std::uint64_t chance);
  /// A person wants it tried now: nothing is waited for any more, and what an earlier process was
  /// told is asked again.
  void retry_now() {
    retry_at_ = MonoTime{};
    exchanged_until_ = MonoTime{};
    unaccepted_ = 0;
    hurried_ = true;
  }
  /// Nobody could be asked for the next one, for a reason that lies on this machine: the token at
  /// hand is used for a minute more before that is tried again.
  void postponed(Now now);
  /// The vault holds no grant, or none that can be read with the key that there is.
  void missing(const std::string& why);
  /// The mail server has refused the token of this generation to somebody who had been refused
  /// with `before` others in a row. True: this one is offered no more, and whoever asks gets
  /// another or is told why there is none. False: it is too new for its age to be what is disliked.
  bool refused(std::uint64_t generation, unsigned before, Now now);
  /// A login with the token of this generation has gone through.
  void accepted(std::uint64_t generation);

  [[nodiscard]] Advice advice(Now now) const;
  /// A login may be begun with it: the smaller of a minute and a fifth of its life is left.
  [[nodiscard]] bool may_use(Now now) const;
  /// The next renewal answers a refusal.
  [[nodiscard]] bool is_forced() const { return refused_; }
  /// The last word about the token at hand was a refusal: before it is used, the vault is asked
  /// for another.
  [[nodiscard]] bool is_doubted() const { return doubted_; }
  [[nodiscard]] MonoTime expires() const { return expires_; }
  [[nodiscard]] std::uint64_t generation() const { return generation_; }
  /// Why it says what it says; empty: all is well.
  [[nodiscard]] const std::string& why() const { return why_; }

 private:
  void take(const Grant& grant, Now now, std::uint64_t chance);
  void remember(const GrantRefusal& refusal, Now now);
  [[nodiscard]] bool clock_jumped(Now now) const;
  [[nodiscard]] bool may_exchange(Now now) const;
  [[nodiscard]] Duration least_left() const;  ///< of a token that a login may be begun with

  enum class State { kUnknown, kAlive, kNeedsLogin, kMisconfigured };
  State state_ = State::kUnknown;
  std::uint64_t generation_ = 0;
  WallTime granted_;  ///< tells one grant from another where the generations begin again
  bool has_access_ = false;
  bool from_wall_ = false;  ///< its end was reckoned from a date, which a clock that jumps moves
  WallTime wall_at_mono_zero_;
  MonoTime expires_;
  MonoTime renew_at_;
  Duration lifetime_{0};
  bool refused_ = false;      ///< the token at hand, and another is to be had
  bool doubted_ = false;      ///< the token at hand was refused to somebody
  unsigned unaccepted_ = 0;   ///< tokens that came of refusals, since a login went through
  MonoTime exchanged_until_;  ///< each exchange of a refused token moves it by a minute
  MonoTime retry_at_;
  bool hurried_ = false;
  unsigned failures_ = 0;
  std::string why_;
};

}  // namespace imapkeep
