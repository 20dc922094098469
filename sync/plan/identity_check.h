// Is the message that a server has under a UID still the one that was stored under it? A UID is
// never used twice (RFC 9051 §2.3.1.1), but there are servers that show UIDs which they do not keep
// (Courier), that are restored from a backup, or that give a folder's name an old UIDVALIDITY. What
// a server announces of a message now is compared with what the same server announced when it was
// stored; what differs is fetched again, and then its bytes decide. Sizes are never compared with
// the file's: servers count wrongly.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "sync/plan/known_message.h"

namespace imapkeep {

/// What is known of a make of server, by the name that it gives itself.
struct ServerHabits {
  /// Shows UIDs that it has not written down, so that another session can make it give them away.
  bool forgets_uids = false;
  /// Sends words of its own in the place of messages that it has not got any more.
  bool invents_messages = false;
  bool operator==(const ServerHabits&) const = default;
};
ServerHabits habits_of(std::string_view server_name);

/// The server announces another date or another size than it did. What it does not say, or did not,
/// says nothing.
bool announced_otherwise(const KnownMessage& known, std::optional<std::int64_t> internal_date,
                         std::optional<std::uint64_t> rfc822_size);

/// A message that was doubted has been fetched again.
enum class Recheck {
  kSame,      ///< nothing is to be recorded
  kRestated,  ///< the same bytes: only what the server announces is new
  kReplaced,  ///< other bytes: the former message has left, this one came under its UID
};
Recheck decide_recheck(const KnownMessage& former, const MessageRecord& now);
/// The record of a kRestated message: file and flags are the former's.
MessageRecord restated(const KnownMessage& former, MessageRecord now);

/// Passes over a folder in which announcements had changed and no bytes had: then they are no sign
/// there any more.
inline constexpr std::uint32_t kVainChecks = 2;

}  // namespace imapkeep
