// Port: where the mail goes. One MessageStore is one account's mirror. Work is done in batches, so
// that durability costs a few flushes per batch and not per message:
//   begin/append…/end (stream) → make_durable (bytes durable, hashes known) → commit (recorded)
// Together they keep the order of docs/decisions/0003: files durable, then names, then directories,
// then journal. What commit returns is durable and is what the ledger must be told. When any write
// or fsync fails the whole batch is condemned: nothing of it is recorded, its files are removed.
// The next batch may be durable while one is being committed, or while the ledger takes its
// records. One commit at a time: the next begins after the ledger has taken the last one's records,
// because a NewMessage says which numbers the ledger knows to be taken.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "daemon/base/bytes.h"
#include "daemon/base/files.h"
#include "daemon/base/operation.h"
#include "sync/journal/records.h"
#include "sync/plan/folder_token.h"
#include "sync/plan/taken_numbers.h"

namespace imapkeep {

/// What the store says of itself before a pass.
struct StoreFacts {
  std::string store_id;         ///< 32 hex digits, made once
  bool created = false;         ///< it was made by this open()
  JournalPosition journal_end;  ///< behind the last whole record
  /// The journal's last writer ended without closing its segment, so there may be files that no
  /// record names yet; the store adopts them when the same message is fetched again.
  bool clean = true;
  std::string made_host{};  ///< `host` and `account` of the configuration when it was made
  std::string made_account{};
  FileOrigin origin = {};  ///< of store.json: another one than remembered, and this is a copy
};

using IncomingId = std::uint64_t;

/// All bytes of an incoming message are hashed and durable; or the reason why not.
struct DurableMessage {
  IncomingId incoming = 0;
  std::optional<Error> error;  ///< this message only, e.g. larger than the disk
  MessageIdentity identity;
};

/// A live message's place in this store, by which its bytes can be found.
struct StoredPlace {
  std::string folder_path;
  std::int64_t internal_date = 0;
  std::uint64_t xxh3 = 0;
  std::uint64_t size = 0;
  std::uint64_t crlf_size = 0;
  std::uint32_t number = 1;  ///< as in MessageRecord
  Flags flags;               ///< as last written; a reader may have changed the letters in the name
  MessageKey key = {};
};

struct NewMessage {
  IncomingId incoming = 0;  ///< 0: no bytes were fetched, same_bytes is this message by its id
  std::string folder_path;
  MessageRecord
      record;  ///< key, dates, sizes, flags, identity as durable; `number` is set by commit
  /// What numbers live records that are like it have, for a store that gives any.
  TakenNumbers taken_numbers;
  /// A live message with the same SHA-256 and INTERNALDATE, to be hard-linked instead of stored
  /// twice.
  std::optional<StoredPlace> same_bytes;
};

struct FlagsChange {
  MessageKey key;
  StoredPlace place;
  Flags flags;  ///< the new ones
};

/// A message leaves the live tree. kKept moves the file to gone/, kMoved and kRemoved unlink it.
struct Departure {
  MessageKey key;
  StoredPlace place;
  GoneTo to = GoneTo::kKept;
  /// kMoved: where the same bytes are live. Its file is looked for before this one is unlinked;
  /// when it is not there the message is kept.
  std::optional<StoredPlace> other_copy = std::nullopt;
};

/// Performed in this order: renames, new folders, owners, replaced ones, messages, restated ones,
/// flags, departures, quarantines, folders gone. The store decides the path of a new or renamed
/// folder (its `path` may be empty: by its name), so what is done in such a folder comes in a later
/// batch, with the path of its record.
struct Batch {
  std::vector<OwnerRecord> owners{};
  std::vector<FolderRecord> new_folders;
  std::vector<FolderRenamingRecord> renamed_folders;
  /// Departures of messages whose key another message of this batch takes.
  std::vector<Departure> replaced;
  std::vector<NewMessage> messages;
  /// Records of live messages of which only the server's announcements have changed: written down,
  /// their files are left as they are.
  std::vector<MessageRecord> restated;
  std::vector<FlagsChange> flags;
  std::vector<Departure> departures;
  std::vector<QuarantineRecord> quarantines;
  std::vector<FolderRecord> gone_folders;

  [[nodiscard]] bool empty() const {
    return owners.empty() && new_folders.empty() && renamed_folders.empty() && replaced.empty() &&
           messages.empty() && restated.empty() && flags.empty() && departures.empty() &&
           quarantines.empty() && gone_folders.empty();
  }
};

/// What a commit did to a folder's token. Whoever knew another one than `before` has missed what
/// somebody else did there. Empty: it could not be had.
struct TokenChange {
  std::string folder_path;
  FolderToken before;
  FolderToken after;
};

/// Something that is not ours lies where this folder's mail belongs. What the batch wanted there is
/// left out, and the folder is owed; the rest is done.
struct FolderRefusal {
  FolderId folder;
  std::string name;  ///< as people call it
  Error why;
};

struct Committed {
  std::vector<Record> records;  ///< as written to the journal, in order
  JournalPosition end;
  std::vector<TokenChange> token_changes;  ///< of every folder that the batch was about
  std::vector<FolderRefusal> refused = {};
};

class MessageStore {
 public:
  virtual ~MessageStore() = default;

  /// Takes the store's lock and asks it who it is. `expected_id` is the store the ledger knows for
  /// this account, empty when it knows none: only then is a store made where there is nothing.
  /// An open store may be asked again, and must be before the next commit when a commit's result
  /// was not heard, or when a commit failed while it renamed a folder: the journal may then be
  /// ahead of the ledger, and commit says so. Errors (Trouble::kStore unless said): absent ("not
  /// mounted?"), another store or account's, read-only, unknown format version, damaged journal;
  /// kBusy: another writer holds the lock.
  [[nodiscard]] virtual Operation open(std::string expected_id, Completion<StoreFacts> done) = 0;
  /// Records behind `from`, some thousands at a time. Damage anywhere but in a segment's last line
  /// is an error that names segment and line.
  [[nodiscard]] virtual Operation read_journal(JournalPosition from,
                                               Completion<JournalChunk> done) = 0;

  /// Fails with kRetryLater when fewer than min_free bytes would be left, and with the reason when
  /// not even a small file can be made (a disk without inodes has free bytes, too).
  [[nodiscard]] virtual Operation check_space(std::uint64_t needed, Completion<Done> done) = 0;

  /// Streaming; the store is open. Up to 64 KiB are collected before they are on their way, so a
  /// caller that waits for `drained` lets the backlog grow beyond that. Bytes may be written later
  /// on a strand; when backlog() is large the caller pauses its source and is told by `drained`
  /// (set once) when it may go on.
  virtual IncomingId begin() = 0;
  virtual void append(IncomingId incoming, ByteView bytes) = 0;
  /// Nothing follows. The date (INTERNALDATE, Unix seconds) becomes the file's mtime.
  virtual void end(IncomingId incoming, std::int64_t internal_date) = 0;
  /// What is left of it when the store is destroyed at once goes with the next opening.
  virtual void abandon(IncomingId incoming) = 0;
  [[nodiscard]] virtual std::size_t backlog_bytes() const = 0;
  virtual void on_drained(std::function<void()> drained) = 0;

  /// One answer for each, in order. An error of the whole: it condemns all of them.
  [[nodiscard]] virtual Operation make_durable(std::vector<IncomingId> incoming,
                                               Completion<std::vector<DurableMessage>> done) = 0;
  [[nodiscard]] virtual Operation commit(Batch batch, Completion<Committed> done) = 0;

  /// By which a change in the folder is known: another one than the remembered means that somebody
  /// else may have changed or removed messages there, or that this is a copy. Whatever the store
  /// needs there to keep mail (directories) is made again. kSkipMessage when something that is not
  /// ours lies in the way: this folder alone cannot be mirrored. Where the token is still `known`,
  /// the rest of the folder need not be looked at; an empty `known`: all is.
  [[nodiscard]] virtual Operation folder_token(std::string folder_path, FolderToken known,
                                               Completion<FolderToken> done) = 0;
  /// Which of these places have no file any more, or one of another size than S (readers' renames
  /// do not count as missing). Places are all of one folder. When the bytes of a damaged file come
  /// again, commit moves it aside.
  [[nodiscard]] virtual Operation find_missing(std::string folder_path,
                                               std::vector<StoredPlace> places,
                                               Completion<std::vector<StoredPlace>> done) = 0;
  /// The headers of these messages as they are stored, up to and with the empty line behind them;
  /// nothing where there is no such file, where it has another size than the place says, or where
  /// the header is longer than 32 KiB. One answer for each, in order; all are of one folder.
  [[nodiscard]] virtual Operation read_headers(
      std::string folder_path, std::vector<StoredPlace> places,
      Completion<std::vector<std::optional<std::string>>> done) = 0;
  /// Where this store puts a folder of this name: a function of the name, so that it can be asked
  /// at any time; commit may have to choose another one, and its FolderRecord says so.
  [[nodiscard]] virtual std::string folder_path(const MailboxName& name, char delimiter) const = 0;
  /// Removes what has been in gone/ for longer than `days`; tells how many.
  [[nodiscard]] virtual Operation purge_gone(int days, Completion<std::uint64_t> done) = 0;
  /// A whole pass has gone through, and every message of the account is stored, but perhaps for
  /// those of these folders (paths). Elsewhere, whatever an interrupted writer left, or a batch
  /// that was condemned, has been adopted by now or is not wanted any more.
  virtual void adoption_is_over(std::set<std::string> maybe_unclaimed) = 0;
  /// Nothing will be asked for a while: lets go of what is cheap to have again, but not of the
  /// lock. Thousands of accounts wait for news at once. It is opened again before the next message
  /// is received.
  virtual void rest() = 0;
  /// Ends the journal's segment as clean and gives the lock back; not when the store is destroyed
  /// before this has ended.
  [[nodiscard]] virtual Operation close(Completion<Done> done) = 0;
};

}  // namespace imapkeep
