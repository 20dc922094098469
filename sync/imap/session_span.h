// Whether a session that has ended was due to end. Servers end them when their token ends, or after
// a day, some with a word for it and some without. One that has just begun was not due: a server
// that says so at every login must not make us spin. Pure.
#pragma once

#include <optional>

#include "daemon/base/clock.h"

namespace imapkeep::imap {

struct SessionSpan {
  std::optional<MonoTime> token_ends;  ///< none: it began with a password
  std::optional<MonoTime> ready;       ///< none: it never was

  /// For a server that says that the session is over.
  [[nodiscard]] bool has_lasted(MonoTime now) const {
    return ready && now - *ready >= std::chrono::minutes(1);
  }
  /// A token's life is told in whole seconds, and servers are in no hurry to end a session.
  [[nodiscard]] bool ended_with_token(MonoTime now) const {
    return ready && token_ends && now >= *token_ends - std::chrono::seconds(2) &&
           now <= *token_ends + std::chrono::minutes(5);
  }
};

}  // namespace imapkeep::imap
