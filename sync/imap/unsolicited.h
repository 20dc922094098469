// Tells the listener of a connection what the server says and nobody had asked for: each response
// becomes the event that it means, with the name of the mailbox that it is about.
#pragma once

#include "sync/imap/mailbox_events.h"
#include "sync/imap/responses.h"
#include "sync/imap/session.h"

namespace imapkeep::imap {

class Unsolicited {
 public:
  /// Null: nobody listens.
  void set_events(MailboxEvents* events) { events_ = events; }
  /// Unless others have taken their place.
  void forget_events(const MailboxEvents* events) {
    if (events_ == events) events_ = nullptr;
  }

  /// The mailbox that is selected from now on; none: its name is empty.
  void selected(MailboxName mailbox) { mailbox_ = std::move(mailbox); }
  /// `selecting`: the mailbox whose selection the server is answering, or null.
  void tell(const Response& response, const MailboxName* selecting, const Session& session);

 private:
  void tell_code(const ResponseCode& code);
  void tell_vanished(const VanishedResponse& vanished, const MailboxName* selecting);

  MailboxEvents* events_ = nullptr;
  MailboxName mailbox_;
};

}  // namespace imapkeep::imap
