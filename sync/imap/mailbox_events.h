// What a server says without being asked: news of the mailbox that is examined, and, where NOTIFY
// (RFC 5465) was asked for, of others, which are named. It may come at any time.
#pragma once

#include <cstdint>
#include <string_view>

#include "sync/imap/mailbox_data.h"
#include "sync/imap/message_data.h"
#include "sync/imap/types/uid_set.h"

namespace imapkeep::imap {

class MailboxEvents {
 public:
  virtual ~MailboxEvents() = default;
  virtual void on_exists(std::uint64_t /*count*/) {}
  /// Something was removed (EXPUNGE); what, is a matter for the next listing.
  virtual void on_expunged() {}
  /// VANISHED (RFC 7162 §3.2.10): these were removed. Empty: which ones could not be read. A long
  /// list comes in several of these. Whoever does not look at the UIDs hears of an on_expunged().
  virtual void on_vanished(const MailboxName& /*mailbox*/, const UidSet& /*uids*/) {
    on_expunged();
  }
  /// VANISHED (EARLIER) in the answer to EXAMINE: these were removed before this session, and are
  /// not counted in its EXISTS. `mailbox` is the one that is being examined.
  virtual void on_vanished_earlier(const MailboxName& /*mailbox*/, const UidSet& /*uids*/) {}
  /// FETCH without a body that nobody asked for: a flag change. UID 0: it named none, as Dovecot,
  /// Cyrus and Courier do in IDLE.
  virtual void on_flags(const MessageFacts& /*facts*/) {}
  /// An untagged OK, NO or BAD whose code says something of the mailbox: UIDVALIDITY, UIDNEXT,
  /// HIGHESTMODSEQ (with their number), CLOSED.
  virtual void on_code(std::string_view /*code*/, std::uint64_t /*number*/) {}
  /// STATUS that nobody asked for: something has changed in this mailbox.
  virtual void on_status(const MailboxName& /*mailbox*/, const MailboxStatus& /*status*/) {}
  /// LIST that nobody asked for: a mailbox was made, renamed or subscribed to; with \NonExistent it
  /// was removed.
  virtual void on_listed(const ListedMailbox& /*mailbox*/) {}
};

}  // namespace imapkeep::imap
