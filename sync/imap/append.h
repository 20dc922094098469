// What is given to APPEND, and what comes of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "daemon/base/error.h"
#include "sync/imap/types/flags.h"
#include "sync/imap/types/mailbox_name.h"
#include "sync/imap/types/uid.h"

namespace imapkeep::imap {

struct AppendMessage {
  MailboxName mailbox;
  Flags flags;
  std::string date{};      ///< INTERNALDATE, a date-time (RFC 9051 §9); empty: the server's now
  std::uint64_t size = 0;  ///< octets that the source will give
  bool holds_nul = false;  ///< it needs BINARY (RFC 3516)
};

/// Why the server, or this program in its place, does not take the message. The connection goes on,
/// unless octets had been sent already.
enum class AppendRefusal {
  kNone,
  kNoMailbox,  ///< [TRYCREATE]: CREATE it, and append once more
  kOverQuota,  ///< [OVERQUOTA]
  kTooBig,     ///< [TOOBIG], or more than the server's APPENDLIMIT (RFC 7889)
  kHoldsNul,   ///< NUL, and no BINARY; or NUL that was not announced
  kOther,
};

struct AppendEnd {
  AppendRefusal refusal = AppendRefusal::kNone;
  Error why{};  ///< of a refusal
  /// RFC 4315 [APPENDUID]; absent where the server does not say.
  std::optional<UidValidity> uid_validity{};
  std::optional<Uid> uid{};
};

}  // namespace imapkeep::imap
