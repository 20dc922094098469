// What we can say. A command is text cut where a synchronising literal makes the client wait for
// "+" (RFC 9051 §4.3); a non-synchronising literal (LITERAL+, RFC 7888) makes no cut. Arguments are
// quoted or sent as literals by need; CR, LF and NUL can never reach the wire inside a quoted
// string. The tag is put in front by the session. Nothing here uses a sequence number.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sync/imap/types/body_part.h"
#include "sync/imap/types/mailbox_name.h"
#include "sync/imap/types/uid_set.h"

namespace imapkeep::imap {

/// A literal whose octets are not held in the command: they are sent when they come.
struct StreamedLiteral {
  std::uint64_t size = 0;
  bool synchronizing = true;  ///< "+" is awaited before its octets
  std::string tail;           ///< what ends the command behind them
};

struct Command {
  std::string name;                 ///< for logs and errors: "UID FETCH"; never an argument
  std::vector<std::string> pieces;  ///< "+" is awaited between pieces; the last ends with CRLF
  bool secret = false;              ///< holds a password: never logged
  std::optional<StreamedLiteral> literal{};  ///< behind the last piece, which announces it
};

enum class Literals { kSynchronizing, kPlus, kMinus };  // kMinus: only up to 4096 bytes

Command capability();
Command compress();
Command noop();
Command idle();
Command logout();
Command starttls();
Command login(std::string_view user, std::string_view password, Literals literals);
/// AUTHENTICATE; `initial` (raw, encoded here) only where SASL-IR is offered. Further answers are
/// lines of their own, see sasl_answer.
Command authenticate(std::string_view mechanism, std::optional<std::string_view> initial);
/// Base64 and CRLF.
std::string sasl_answer(std::string_view raw);
/// RFC 2971; all strings quoted. Empty: ID NIL.
Command id(const std::vector<std::pair<std::string, std::string>>& fields);
Command enable(std::string_view atom);
Command namespaces();

struct ListOptions {
  bool special_use = false;  ///< RETURN (SPECIAL-USE)
  bool status = false;       ///< RETURN (STATUS (MESSAGES UIDNEXT UIDVALIDITY …)), RFC 5819
  bool mod_seq = false;      ///< with HIGHESTMODSEQ
};
Command list_all(const ListOptions& options);
Command status(const MailboxName& name, bool mod_seq, Literals literals);
Command examine(const MailboxName& name, bool condstore, Literals literals);
/// UID SEARCH [RETURN (ALL)] UID first:last
Command uid_search(UidRange range, bool esearch);
/// UID FETCH set (UID FLAGS INTERNALDATE RFC822.SIZE)
Command uid_fetch_facts(const UidSet& uids, std::optional<ModSeq> changed_since = std::nullopt);
/// UID FETCH set (UID FLAGS) [(CHANGEDSINCE n)]
Command uid_fetch_flags(const UidSet& uids, std::optional<ModSeq> changed_since);
/// UID FETCH set (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])
Command uid_fetch_messages(const UidSet& uids);
/// UID FETCH set (UID BODY.PEEK[HEADER])
Command uid_fetch_headers(const UidSet& uids);
/// UID FETCH set (UID BODY.PEEK[])
Command uid_fetch_bodies(const UidSet& uids);
/// UID FETCH uid (UID BODY.PEEK[]<origin.count>)
Command uid_fetch_part(Uid uid, BodyPart part);

}  // namespace imapkeep::imap
