// How an account is doing, in a word for people and since when; what `status` and the service
// manager are told.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/clock.h"
#include "daemon/base/error.h"

namespace imapkeep {

enum class AccountPhase {
  kStarting,    ///< the store is being opened, or the connection made
  kSyncing,     ///< a pass over all folders
  kWatching,    ///< level with the server; news are awaited
  kWaiting,     ///< something failed; the next try is at next_try
  kStopped,     ///< the same, and a person has to act first
  kNeedsLogin,  ///< the same, by `imapkeep login`: the grant of its tokens has ended, or is none
                ///< yet
  kStopping,    ///< the daemon or the account is going down
};

/// "starting", "syncing", "watching", "waiting", "needs-you", "needs-login", "stopping"
std::string_view word_of(AccountPhase phase);

struct AccountState {
  AccountPhase phase = AccountPhase::kStarting;
  WallTime since;
  std::uint64_t behind = 0;  ///< messages known to be on the server and not stored yet
  std::optional<WallTime> next_try;
  std::optional<Error> trouble;   ///< why it waits
  std::vector<std::string> owed;  ///< of the last whole pass, sentences
};

}  // namespace imapkeep
