// The facts that a store's journal remembers, and the ledger indexes: the journal is a sequence of
// Records and the ledger is a function of it. Grammar on disk: docs/storage.md. Every store
// (Maildir now; S3 and IMAP later) writes the same records.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "daemon/base/hash.h"
#include "sync/imap/types/flags.h"
#include "sync/imap/types/mailbox_name.h"
#include "sync/imap/types/uid.h"

namespace imapkeep {

/// A folder's number in its store, for ever; names change, numbers do not. 1, 2, 3 …
struct FolderId {
  std::uint32_t value = 0;
  auto operator<=>(const FolderId&) const = default;
};

/// What a server calls one message, unambiguously.
struct MessageKey {
  FolderId folder;
  UidValidity uid_validity;
  Uid uid;
  auto operator<=>(const MessageKey&) const = default;
};

/// What the bytes are. SHA-256 decides; the rest are hints and sizes.
struct MessageIdentity {
  Sha256Digest sha256;
  std::uint64_t xxh3 = 0;
  std::uint64_t size = 0;  ///< S: bytes in the file, exactly what the server sent
  std::uint64_t crlf_size =
      0;  ///< W: bytes with every line end counted as CRLF (Dovecot's meaning)
  bool operator==(const MessageIdentity&) const = default;
};

/// How it was decided that these bytes are this message.
enum class Decided {
  kByBytes,   ///< every byte came from the server under this UID
  kById,      ///< the server's permanent id is that of a message already stored
  kInferred,  ///< same UIDVALIDITY and UID after a rename, or found by names alone
};

/// A message is in the live tree from this record on, until a GoneRecord of the same key.
/// A second MessageRecord of a live key replaces the first (stored again after a reader deleted
/// it).
struct MessageRecord {
  MessageKey key;
  std::string server_id;           ///< EMAILID, X-GM-MSGID …; empty when the server has none
  std::int64_t internal_date = 0;  ///< Unix seconds; 0 when missing or before 1970
  std::string date;                ///< INTERNALDATE as the server wrote it; empty: it told none
  std::uint64_t rfc822_size = 0;   ///< what the server announced: a hint
  MessageIdentity identity;
  /// The store's own: by it alone it tells messages of one folder apart that have the same date,
  /// hash and sizes. 1 in a store that needs none.
  std::uint32_t number = 1;
  Flags flags;
  Decided decided = Decided::kByBytes;
  /// Why these bytes may not be the whole message (the server announced another size and did not
  /// repeat the same bytes); empty: no doubt.
  std::string doubtful;
  std::int64_t at_ms = 0;
  bool operator==(const MessageRecord&) const = default;
};

struct FlagsRecord {
  MessageKey key;
  Flags flags;
  std::int64_t at_ms = 0;
  bool operator==(const FlagsRecord&) const = default;
};

enum class GoneTo {
  kKept,     ///< its file is in .imapkeep/gone/ now
  kMoved,    ///< another live message has the same SHA-256; the name was unlinked
  kRemoved,  ///< unlinked, as `on_expunge: remove` asks
  kLost,     ///< the file was not there any more (a reader deleted it)
};
struct GoneRecord {
  MessageKey key;
  GoneTo to = GoneTo::kKept;
  std::int64_t at_ms = 0;
  /// kKept: the file's path below gone/, only when date and name of the live file do not lead
  /// there.
  std::string place = {};
  bool operator==(const GoneRecord&) const = default;
};

/// Creates the folder, or names it anew when the id is known (a rename that has been carried out).
struct FolderRecord {
  FolderId id;
  MailboxName name;
  char delimiter = 0;  ///< the server's hierarchy delimiter; 0: NIL
  std::string path;    ///< below ROOT, components separated by "/"; see docs/storage.md
  std::int64_t at_ms = 0;
  bool operator==(const FolderRecord&) const = default;
};

/// A rename is about to be carried out: after a crash the store finishes it when it opens.
struct FolderRenamingRecord {
  FolderId id;
  MailboxName name;
  char delimiter = 0;
  std::string from_path;
  std::string path;
  std::int64_t at_ms = 0;
  bool operator==(const FolderRenamingRecord&) const = default;
};

/// The folder is gone from the server, doubly witnessed, and all its messages have gone before it.
struct FolderGoneRecord {
  FolderId id;
  std::int64_t at_ms = 0;
  bool operator==(const FolderGoneRecord&) const = default;
};

/// The message cannot be had for now; it is owed and retried. A MessageRecord of the key ends it.
struct QuarantineRecord {
  MessageKey key;
  std::string reason;
  std::int64_t at_ms = 0;
  bool operator==(const QuarantineRecord&) const = default;
};

/// From here on the mail comes from this mailbox. The last one counts.
struct OwnerRecord {
  std::string host;
  std::string user;
  std::string authzid;  ///< RFC 4616; empty: none
  std::int64_t at_ms = 0;
  bool operator==(const OwnerRecord&) const = default;
};

/// A record that changes nothing that is live, and of which this version only knows that it may
/// stand in a journal. Its members are not read.
struct NotedRecord {
  enum class Kind { kExpired, kForgotten, kProof, kInferredSettled } kind = Kind::kExpired;
  std::int64_t at_ms = 0;
  bool operator==(const NotedRecord&) const = default;
};

using Record =
    std::variant<MessageRecord, FlagsRecord, GoneRecord, FolderRecord, FolderRenamingRecord,
                 FolderGoneRecord, QuarantineRecord, OwnerRecord, NotedRecord>;

/// A place in a journal: behind the last byte of a record. Segments count from 1; {0,0} is
/// "nothing".
struct JournalPosition {
  std::uint64_t segment = 0;
  std::uint64_t offset = 0;
  auto operator<=>(const JournalPosition&) const = default;
};

/// Some records of the journal, in order.
struct JournalChunk {
  std::vector<Record> records;
  JournalPosition next;
  bool at_end = false;
};

}  // namespace imapkeep
