// One authenticated IMAP connection as a mirror sees it: a handful of requests with typed answers.
// It drives the sans-I/O Session over a Stream, with a deadline on everything. Several requests
// may be in flight (they are pipelined where RFC 9051 §5.5 allows); answers come in the order
// asked. When the connection is lost every open request is answered with the same error, in order,
// and every later one too. Only what a mirror may ask for is here: EXAMINE and BODY.PEEK, UIDs,
// never ENVELOPE.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "auth/credentials.h"
#include "sync/imap/connection_deps.h"
#include "sync/imap/mailbox_data.h"
#include "sync/imap/mailbox_events.h"
#include "sync/imap/message_data.h"
#include "sync/imap/options.h"
#include "sync/imap/types/body_part.h"
#include "sync/imap/types/mailbox_name.h"
#include "sync/imap/types/namespaces.h"
#include "sync/imap/types/uid_set.h"

namespace imapkeep::imap {

class Capabilities;

class Connection {
 public:
  using Deps = ConnectionDeps;

  Connection(Deps deps, ServerOptions options);
  ~Connection();  ///< closes at once; every open request stays unanswered
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Dial, greeting, STARTTLS when asked for, login (AUTHENTICATE PLAIN with SASL-IR where offered,
  /// LOGIN where not), CAPABILITY, ID, ENABLE (CONDSTORE where offered), NAMESPACE. Errors: kServer
  /// (soon: network; operator: certificate, protocol), kLogin (refused), kBusy (server says later).
  [[nodiscard]] Operation open(Credentials credentials, Completion<Done> done);
  [[nodiscard]] const Capabilities& capabilities() const;
  /// When this object was made, by the wall clock: two witnesses are of two connections when the
  /// second one's was made after the first one spoke.
  [[nodiscard]] std::int64_t made_ms() const;
  /// The server's own name, from ID or the greeting, printable; for logs.
  [[nodiscard]] const std::string& server_name() const;
  [[nodiscard]] NameEncoding name_encoding() const;
  /// As NAMESPACE told them at login; empty where it is not offered.
  [[nodiscard]] const Namespaces& namespaces() const;

  /// LIST "" "*", with SPECIAL-USE and STATUS in the same command where LIST-STATUS is offered. An
  /// answer is complete: tagged OK, and some folder in it. One without INBOX is asked for once more
  /// in the plain way; then it is believed. Duplicates are merged. A list that does not end ends
  /// the connection.
  /// One with a line that cannot be read, or without a folder whose STATUS it tells, is asked for
  /// once more in the plain way, and both count.
  [[nodiscard]] Operation list(Completion<std::vector<ListedMailbox>> done);
  /// Lines of the last list() that could not be read the second time either: folders may be
  /// missing.
  [[nodiscard]] std::uint64_t unreadable_folders() const;
  /// A refusal (NO) is an Error with kSkipMessage.
  [[nodiscard]] Operation status(const MailboxName& name, Completion<MailboxStatus> done);
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
  [[nodiscard]] Operation noop(Completion<Done> done);
  /// LOGOUT, then the end; a server that just closes is as good.
  [[nodiscard]] Operation logout(Completion<Done> done);

  /// Something happened that may have killed the connection (another network, a suspend): whatever
  /// is awaited now must show a sign of life within 15 seconds.
  void doubt();

  /// Null to stop listening. Must outlive the connection or be taken back.
  void set_events(MailboxEvents* events);
  /// Stops telling these, unless others have taken their place.
  void forget_events(const MailboxEvents* events);

  /// Whose token the server has refused, at the login or later, by any of its words for it: their
  /// secret is left out. Null: that is not why the connection ended.
  [[nodiscard]] const Credentials* refused_token() const;
  /// Of a lost connection: the token whose verdict never came, since the server hung up instead,
  /// without its secret.
  [[nodiscard]] const Credentials* unanswered_token() const;
  /// The connection was lost before anything complete came behind COMPRESS: something on the way
  /// cannot carry it.
  [[nodiscard]] bool broke_by_compress() const;

  /// Backpressure: nothing is read while paused, and no deadline runs.
  void pause();
  void resume();

  [[nodiscard]] std::uint64_t bytes_received() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace imapkeep::imap
