// News of the examined mailbox that nobody asked for; they may come at any time.
#pragma once

#include <cstdint>
#include <string_view>

#include "sync/imap/message_data.h"

namespace imapkeep::imap {

class MailboxEvents {
 public:
  virtual ~MailboxEvents() = default;
  virtual void on_exists(std::uint64_t /*count*/) {}
  /// Something was removed (EXPUNGE or VANISHED); what, is a matter for the next listing.
  virtual void on_expunged() {}
  /// FETCH without a body that nobody asked for: a flag change. UID 0: it named none, as Dovecot,
  /// Cyrus and Courier do in IDLE.
  virtual void on_flags(const MessageFacts& /*facts*/) {}
  /// An untagged OK, NO or BAD whose code says something of the mailbox: UIDVALIDITY, UIDNEXT,
  /// HIGHESTMODSEQ (with their number), CLOSED.
  virtual void on_code(std::string_view /*code*/, std::uint64_t /*number*/) {}
};

}  // namespace imapkeep::imap
