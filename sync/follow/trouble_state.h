// What a keeper does about its account's troubles, one after the other, as a pure value: it is told
// what failed and when, and says how long to wait and for what, in which phase the account is
// meanwhile, and how loudly it is told. Troubles of one kind in a row are waited for longer each
// time (recovery.h), until all has been well for a while. However many connections find out, and
// however often somebody asks, the operator is told once that a login is needed; and of a token
// that is refused again and again, every six hours.
#pragma once

#include <optional>

#include "sync/follow/account_state.h"
#include "sync/follow/recovery.h"

namespace imapkeep {

class TroubleState {
 public:
  /// What is known of the account's credentials.
  struct Login {
    bool is_needed = false;  ///< a person has to log in before there can be any
    bool is_token = false;
  };
  enum class Tell {
    kWaits,
    kStore,
    kOperator,
    kStillNeedsLogin,  ///< the operator knows it
    kStillRefused,     ///< the same
  };
  struct Step {
    Recovery recovery;
    AccountPhase phase = AccountPhase::kWaiting;
    int looks = 0;                     ///< at a secret, before the same one is tried again
    std::optional<Duration> next_try;  ///< at the latest; nothing: when a person has logged in
    Tell tell = Tell::kWaits;
  };

  [[nodiscard]] Step failed(const Error& error, const Login& login, MonoTime now,
                            std::uint64_t chance);
  /// How a login that was refused, or is needed, is to be told.
  [[nodiscard]] Tell tell_operator(bool is_login, const Login& login, MonoTime now);
  /// A whole pass has gone through.
  void passed(MonoTime now, bool with_another_token);
  /// The network is there again, or the machine has woken up. True: it is worth another try.
  [[nodiscard]] bool network_changed();

  [[nodiscard]] bool is_waiting() const { return is_waiting_; }
  /// The next try begins.
  void try_again() { is_waiting_ = false; }

 private:
  bool is_waiting_ = false;
  bool login_told_ = false;  ///< that one is needed, since the last time that all was well
  Trouble last_ = Trouble::kMessage;
  unsigned in_a_row_ = 0;
  std::optional<MonoTime> refusal_told_at_;
  std::optional<MonoTime> well_since_;  ///< first run that went through after the last trouble
};

}  // namespace imapkeep
