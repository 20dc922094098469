// A connection to the server that is mirrored. Only what a mirror may ask for is here: EXAMINE and
// BODY.PEEK, UIDs, never ENVELOPE; nothing that could change a mailbox.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "sync/imap/connection.h"
#include "sync/imap/mailbox_events.h"
#include "sync/imap/message_data.h"
#include "sync/imap/types/body_part.h"
#include "sync/imap/types/uid_set.h"

namespace imapkeep::imap {

class SourceConnection final : public Connection {
 public:
  SourceConnection(Deps deps, ServerOptions options)
      : Connection(std::move(deps), std::move(options)) {}

  /// Ends whatever was examined before. NO is an Error with kSkipMessage. It goes out as soon as
  /// all that was asked before is bodies, and what is asked next goes out behind it at once.
  [[nodiscard]] Operation examine(const MailboxName& name, Completion<Examined> done);
  /// UID SEARCH of all UIDs (RETURN (ALL) where ESEARCH is offered); empty when `exists` is 0,
  /// without asking (some servers answer BAD).
  [[nodiscard]] Operation search_all(std::uint64_t exists, Completion<UidSet> done);
  /// FETCH uids (UID FLAGS INTERNALDATE RFC822.SIZE); `each` is called for every response as they
  /// come, so more than once where a message's facts come in pieces; its UID is 0 for a response
  /// that could not be read. Long sets are cut into several commands. kSkipMessage: refused, or so
  /// much that fewer should be asked for.
  [[nodiscard]] Operation fetch_facts(const UidSet& uids,
                                      std::function<void(const MessageFacts&)> each,
                                      Completion<Done> done);
  /// The same, CHANGEDSINCE where a mod-sequence is given.
  [[nodiscard]] Operation fetch_changed_facts(const UidSet& uids,
                                              std::optional<ModSeq> changed_since,
                                              std::function<void(const MessageFacts&)> each,
                                              Completion<Done> done);
  /// FETCH uids (UID FLAGS), CHANGEDSINCE where a mod-sequence is given. `each` and errors as
  /// above.
  [[nodiscard]] Operation fetch_flags(const UidSet& uids, std::optional<ModSeq> changed_since,
                                      std::function<void(const MessageFacts&)> each,
                                      Completion<Done> done);
  /// FETCH uids (UID BODY.PEEK[]) into the sink, which must outlive the Operation's end. The set
  /// must fit one command (UidSet::split). Several may be in flight with the same sink.
  [[nodiscard]] Operation fetch_bodies(const UidSet& uids, BodySink& sink,
                                       Completion<FetchEnd> done);
  /// A part of one message: FETCH uid (UID BODY.PEEK[]<origin.count>). What comes begins there
  /// (MessageFacts::body_origin), or is void; RFC 9051 §6.4.5: it may be shorter.
  [[nodiscard]] Operation fetch_part(Uid uid, BodyPart part, BodySink& sink,
                                     Completion<FetchEnd> done);
  /// The same with their facts: FETCH uids (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[]).
  [[nodiscard]] Operation fetch_messages(const UidSet& uids, BodySink& sink,
                                         Completion<FetchEnd> done);
  /// FETCH uids (UID BODY.PEEK[HEADER]); the set must fit one command. Headers are held in memory:
  /// for a few messages. What the server leaves out, or is longer than 64 KiB, does not come.
  [[nodiscard]] Operation fetch_headers(
      const UidSet& uids, std::function<void(Uid uid, const std::string& header)> each,
      Completion<Done> done);
  /// IDLE (RFC 2177) on the examined mailbox, to be asked only where it is offered: news come to
  /// the MailboxEvents, and silence is no failure. It ends, with Done, when anything else is asked
  /// (or end_idle was called) and when the server ends it. NO and BAD are an Error with
  /// kSkipMessage. A server that does not reply to DONE within ten seconds is taken for lost.
  [[nodiscard]] Operation idle(Completion<Done> done);
  void end_idle();

  /// Null to stop listening. Must outlive the connection or be taken back.
  void set_events(MailboxEvents* events);
  /// Stops telling these, unless others have taken their place.
  void forget_events(const MailboxEvents* events);

  /// Backpressure: nothing is read while paused, and no deadline runs.
  void pause();
  void resume();
};

}  // namespace imapkeep::imap
