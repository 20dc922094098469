#include "sync/follow/account_state.h"

namespace imapkeep {

std::string_view word_of(AccountPhase phase) {
  switch (phase) {
    case AccountPhase::kStarting:
      return "starting";
    case AccountPhase::kSyncing:
      return "syncing";
    case AccountPhase::kWatching:
      return "watching";
    case AccountPhase::kWaiting:
      return "waiting";
    case AccountPhase::kStopped:
      return "needs-you";
    case AccountPhase::kNeedsLogin:
      return "needs-login";
    case AccountPhase::kStopping:
      return "stopping";
  }
  return "starting";
}

}  // namespace imapkeep
