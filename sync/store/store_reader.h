// Port: the mail that a store holds, to be read: restored, searched, verified, compared with what a
// server says. A StoreReader changes nothing in the store: it takes no lock, makes no file and
// repairs nothing. So it works on a read-only copy, on a store whose writer was interrupted, and
// beside a writer that is at work; then each answer is of the moment in which it was given.
// What the bytes of a message are called is a BytesPlace: find() tells it for messages that are
// known from the journal or the ledger, list() for everything that is there. Calls may be made
// while others run, and their answers come in any order.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/operation.h"
#include "sync/journal/records.h"
#include "sync/store/message_store.h"

namespace imapkeep {

/// What the store says of itself to whoever reads it.
struct StoreSummary {
  std::string store_id;      ///< 32 hex digits, made once
  std::uint32_t format = 0;  ///< of docs/storage.md
  std::string made_host;     ///< `host` and `account` of the configuration when it was made
  std::string made_account;
  JournalPosition journal_end;  ///< behind the last whole record; {0,0}: there is none
  /// The journal's last writer has ended in order. Else one is at work now, or was interrupted: the
  /// last record may not be durable, and there may be mail that no record names yet.
  bool clean = true;
};

/// Where bytes lie. Only the store that told it understands it. It stays good until the message is
/// moved, leaves or is removed.
struct BytesPlace {
  std::string text;
  auto operator<=>(const BytesPlace&) const = default;
};

enum class StoreArea {
  kLive,  ///< what the server holds
  kKept,  ///< what has left it, by the day on which it did
};

/// One of the things that lie in a store.
struct StoredEntry {
  enum class Kind {
    kMessage,  ///< it is called as a message is; whether it is whole, only reading it tells
    kDamaged,  ///< it is called so and is none: of another size, or set aside as damaged
    kForeign,  ///< somebody else's
  };
  Kind kind = Kind::kForeign;
  StoreArea area = StoreArea::kLive;
  BytesPlace place;
  std::string name;         ///< as it is called there; of what is foreign nobody knows what bytes
  std::string folder_path;  ///< of the folder that it lies in, or that it has left
  std::string day{};        ///< kKept: 2026-11-23, on which it left
  /// What its name says, with the flags that stand in it now; nothing of what is foreign. The key
  /// is left empty.
  std::optional<StoredPlace> message{};
  std::uint64_t stored_size = 0;  ///< bytes that it takes there, compressed or not
  /// Unix seconds; nothing where this store dates nothing.
  std::optional<std::int64_t> date{};
};

/// The entries of a listing, some hundreds at a time, so that memory does not depend on the folder.
class EntryListing {
 public:
  virtual ~EntryListing() = default;
  /// Nothing more: there are no others. One at a time.
  [[nodiscard]] virtual Operation next(Completion<std::vector<StoredEntry>> done) = 0;
};

/// Some of a message's bytes.
struct MessageBlock {
  std::string bytes;
  /// The message ends behind these bytes, and all of it together is this.
  std::optional<MessageIdentity> end{};
};

/// A message that is being read. The next bytes are read when they are asked for: whoever is slow
/// makes the reading slow, and memory does not depend on the message.
class MessageStream {
 public:
  virtual ~MessageStream() = default;
  /// One at a time, until one has an `end`. Whoever has handed bytes on must take them back when an
  /// error follows (kMessage: of this message alone): it is not there any more, cannot be read, or
  /// its bytes are not the ones that were stored.
  [[nodiscard]] virtual Operation next(Completion<MessageBlock> done) = 0;
};

/// A message as its records say it.
struct SoughtMessage {
  StoredPlace stored;  ///< the folder's path: of now, or of when it left
  /// It has left: then it is looked for in the kept area first.
  std::optional<GoneRecord> gone{};
};

/// The first bytes of a message.
struct HeaderBytes {
  std::string bytes;   ///< up to and with the empty line behind the header
  bool whole = false;  ///< else the header is longer than was asked for
};

class StoreReader {
 public:
  virtual ~StoreReader() = default;

  /// `expected_id`: empty when any store will do. Errors (Trouble::kStore): absent ("not
  /// mounted?"), another store, a format of a later version, damaged identity or journal. To be
  /// asked before anything else; asked again, it tells what is so now.
  [[nodiscard]] virtual Operation open(std::string expected_id, Completion<StoreSummary> done) = 0;
  /// Records behind `from`, some thousands at a time. Damage anywhere but in a segment's last line
  /// is an error that names segment and line.
  [[nodiscard]] virtual Operation read_journal(JournalPosition from,
                                               Completion<JournalChunk> done) = 0;

  /// Paths of the folders for which there is anything, or a place for it; sorted.
  [[nodiscard]] virtual Operation folders(StoreArea area,
                                          Completion<std::vector<std::string>> done) = 0;
  /// Everything that lies there for this folder; of the kept area, of all days. A folder that is
  /// not there has no entries.
  [[nodiscard]] virtual std::unique_ptr<EntryListing> list(std::string folder_path,
                                                           StoreArea area) = 0;
  /// Where the bytes of these are now: also under other flags than the records say, under a name
  /// that another program has given them, on another day of the kept area, or where an interrupted
  /// rename of their folder has left them. One answer for each, in order; an error (kMessage) says
  /// why there are none, and has ENOENT when nothing is there.
  [[nodiscard]] virtual Operation find(std::vector<SoughtMessage> messages,
                                       Completion<std::vector<Result<StoredEntry>>> done) = 0;

  /// The bytes exactly as the server sent them, wherever and however they lie. The stream lives no
  /// longer than this reader.
  [[nodiscard]] virtual std::unique_ptr<MessageStream> read(BytesPlace place) = 0;
  /// The same bytes read and thrown away: what they are, or why they are not whole. One answer for
  /// each, in order.
  [[nodiscard]] virtual Operation check(std::vector<BytesPlace> places,
                                        Completion<std::vector<Result<MessageIdentity>>> done) = 0;
  /// The headers of these, each up to `longest` bytes. Whether the message is whole is not asked.
  [[nodiscard]] virtual Operation read_headers(
      std::vector<BytesPlace> places, std::size_t longest,
      Completion<std::vector<Result<HeaderBytes>>> done) = 0;
};

}  // namespace imapkeep
