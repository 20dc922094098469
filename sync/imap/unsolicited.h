// Tells the listener of a connection what the server says and nobody had asked for: each response
// becomes the event that it means.
#pragma once

#include "sync/imap/mailbox_events.h"
#include "sync/imap/responses.h"

namespace imapkeep::imap {

class Unsolicited {
 public:
  /// Null: nobody listens.
  void set_events(MailboxEvents* events) { events_ = events; }
  /// Unless others have taken their place.
  void forget_events(const MailboxEvents* events) {
    if (events_ == events) events_ = nullptr;
  }

  void tell(const Response& response);

 private:
  void tell_code(const ResponseCode& code);

  MailboxEvents* events_ = nullptr;
};

}  // namespace imapkeep::imap
