// A connection to a server that mail is brought to. Mailboxes are made, messages appended with
// their flags and dates, and what is there already is found; nothing is ever removed. A refusal
// (NO) that is about one mailbox or message is an Error with kSkipMessage, and the connection goes
// on.
#pragma once

#include <string>

#include "daemon/base/byte_source.h"
#include "sync/imap/append.h"
#include "sync/imap/connection.h"
#include "sync/imap/target_commands.h"
#include "sync/imap/types/uid_set.h"

namespace imapkeep::imap {

class TargetConnection final : public Connection {
 public:
  TargetConnection(Deps deps, ServerOptions options)
      : Connection(std::move(deps), std::move(options)) {}

  /// Ends whatever was selected before.
  [[nodiscard]] Operation select(const MailboxName& name, Completion<Selected> done);
  /// One that is there already is as good.
  [[nodiscard]] Operation create(const MailboxName& name, Completion<Done> done);
  [[nodiscard]] Operation subscribe(const MailboxName& name, Completion<Done> done);
  /// The octets come from `source`, which must outlive the Operation's end, while they are sent:
  /// as fast as the network takes them, and never all in memory. What the server does not take is
  /// an AppendEnd with a refusal. An Error means that nobody knows whether the message is there,
  /// unless it is about the source, whose octets were not what was announced: then it is not. Both
  /// end the connection, and so does cancelling while the octets are being sent.
  [[nodiscard]] Operation append(AppendMessage message, ByteSource& source,
                                 Completion<AppendEnd> done);
  /// Flags of messages in the selected mailbox.
  [[nodiscard]] Operation store_flags(const UidSet& uids, StoreFlags how, Flags flags,
                                      Completion<Done> done);
  /// Messages of the selected mailbox whose Message-ID header contains this text.
  [[nodiscard]] Operation search_message_id(std::string message_id, Completion<UidSet> done);
};

}  // namespace imapkeep::imap
