// One authenticated IMAP connection: what may be asked whatever it is for. It drives the sans-I/O
// Session over a Stream, with a deadline on everything. Several requests may be in flight (they are
// pipelined where RFC 9051 §5.5 allows); answers come in the order asked. When the connection is
// lost every request that is not answered is answered with the same error, in order, and every
// later one too. What is asked of messages depends on the type: a SourceConnection changes nothing
// on the server, a TargetConnection is there to.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "auth/credentials.h"
#include "sync/imap/connection_deps.h"
#include "sync/imap/mailbox_data.h"
#include "sync/imap/options.h"
#include "sync/imap/types/mailbox_name.h"
#include "sync/imap/types/namespaces.h"

namespace imapkeep::imap {

class Capabilities;

class Connection {
 public:
  using Deps = ConnectionDeps;

  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Dial, greeting, STARTTLS when asked for, login (the best SASL mechanism that
  /// both have: SCRAM, PLAIN, OAUTHBEARER, XOAUTH2; LOGIN where there is none), CAPABILITY, ID,
  /// ENABLE (CONDSTORE where offered), NAMESPACE. Errors: kServer (soon: network; operator:
  /// certificate, protocol), kLogin (refused), kBusy (server says later).
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
  [[nodiscard]] Operation noop(Completion<Done> done);
  /// LOGOUT, then the end; a server that just closes is as good.
  [[nodiscard]] Operation logout(Completion<Done> done);

  /// Something happened that may have killed the connection (another network, a suspend): whatever
  /// is awaited now must show a sign of life within 15 seconds.
  void doubt();

  /// Whose token the server has refused, at the login or later, by any of its words for it: their
  /// secret is left out. Null: that is not why the connection ended.
  [[nodiscard]] const Credentials* refused_token() const;
  /// Of a lost connection: the token whose verdict never came, since the server hung up instead,
  /// without its secret.
  [[nodiscard]] const Credentials* unanswered_token() const;
  /// The connection was lost before anything complete came behind COMPRESS: something on the way
  /// cannot carry it.
  [[nodiscard]] bool broke_by_compress() const;

  [[nodiscard]] std::uint64_t bytes_received() const;

 protected:
  Connection(Deps deps, ServerOptions options);
  ~Connection();  ///< closes at once; every request stays unanswered

  class Impl;
  [[nodiscard]] Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace imapkeep::imap
