// Port: the index of the journals, and the cursors. What the ledger knows can be rebuilt: records
// come from a store's journal (apply while a pass runs, replay when a store is opened), cursors and
// what waits for a second witness from the next passes. One Ledger serves all accounts of a state
// directory. Calls are carried out in order on their own strand.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/base/files.h"
#include "daemon/base/operation.h"
#include "sync/imap/types/uid_set.h"
#include "sync/journal/records.h"
#include "sync/plan/departure_plan.h"
#include "sync/plan/folder_cursor.h"
#include "sync/plan/known_message.h"
#include "sync/plan/left_out.h"
#include "sync/plan/mailbox_owner.h"
#include "sync/plan/taken_numbers.h"

namespace imapkeep {

/// Our number for an account in this ledger.
struct AccountId {
  std::int64_t value = 0;
  auto operator<=>(const AccountId&) const = default;
};

struct LedgerAccount {
  AccountId id;
  std::string store_id;                              ///< empty: no store yet
  JournalPosition journal_end;                       ///< records up to here are in the ledger
  std::optional<MailboxOwner> owner = std::nullopt;  ///< as the journal said last
  FileOrigin store_origin = {};  ///< of the store's identity when it was opened last
  bool unproven = false;  ///< bound to a store of which nobody knows yet that it is this account's
};

struct LedgerFolder {
  FolderRecord record;
  FolderCursor cursor;
  bool gone = false;
  std::int64_t missing_since_ms = 0;  ///< first complete LIST without it; 0: it is there
  std::uint64_t stored = 0;           ///< live messages, all generations
  std::uint64_t stored_bytes = 0;
  std::uint64_t quarantined = 0;
};

struct QuarantinedMessage {
  MessageKey key;
  std::string reason;
  std::uint32_t attempts = 0;
  std::int64_t since_ms = 0;
};

/// Stored, and perhaps not whole.
struct DoubtfulMessage {
  MessageKey key;
  std::string why;
};

/// What the ledger knows of a message that is about to be stored.
struct NameFacts {
  TakenNumbers taken_numbers;
  std::optional<KnownMessage> same_bytes;  ///< live, same SHA-256 and INTERNALDATE, any folder
  std::string same_bytes_path;             ///< that one's folder path
};
struct NameQuestion {
  MessageKey key;  ///< its own live row, when it is stored again, answers nothing
  std::int64_t internal_date = 0;
  MessageIdentity identity;
};

/// Messages by folder and generation.
using UidsByPlace = std::map<std::pair<FolderId, UidValidity>, UidSet>;

/// The same bytes under another key.
struct LiveCopy {
  KnownMessage message;
  std::string folder_path;
};

struct PassSummary {
  std::int64_t started_ms = 0;
  std::int64_t ended_ms = 0;
  std::string outcome;  ///< one word: complete, owed, failed
  std::string detail;   ///< the sentence of the error, or empty
  std::uint64_t stored = 0;
  std::uint64_t stored_bytes = 0;
  std::uint64_t gone = 0;
  std::vector<std::string> owed = {};  ///< sentences: folders that could not be mirrored whole; of
                                       ///< a pass that failed the last ones stand
  std::optional<LeftOut> left_out = {};  ///< nothing: the pass did not get so far, the last stands
};

/// How the ledger was found.
struct LedgerOpening {
  bool created = false;
  std::string moved_to;  ///< where the unusable one is now; empty: nothing was wrong
  std::string reason;    ///< why it was moved
};

class Ledger {
 public:
  virtual ~Ledger() = default;

  /// Opens it now; else the first call does. When `moved_to` is not empty an unusable ledger was
  /// put there and an empty one made: say so loudly.
  [[nodiscard]] virtual Operation open(Completion<LedgerOpening> done) = 0;
  /// Found damaged, and moved aside: nothing works any more until the program starts again, and
  /// then everything does. A daemon has itself restarted.
  [[nodiscard]] virtual bool is_lost() const = 0;

  /// Finds or makes the account's row.
  [[nodiscard]] virtual Operation open_account(std::string name,
                                               Completion<LedgerAccount> done) = 0;
  /// Binds the account to a store and forgets everything known of another or of this one before a
  /// rebuild: afterwards the account is empty and its journal_end is {0,0}. A store that it was not
  /// bound to before is unproven; "" is none.
  [[nodiscard]] virtual Operation start_over(AccountId account, std::string store_id,
                                             Completion<Done> done) = 0;
  /// The store is this account's mirror, proven from now on: other accounts that were bound to it
  /// are the same one under its former names, and are forgotten.
  [[nodiscard]] virtual Operation forget_former_names(AccountId account, Completion<Done> done) = 0;
  /// Indexes records and moves journal_end to `end`, in one transaction with the cursors.
  [[nodiscard]] virtual Operation apply(AccountId account, std::vector<Record> records,
                                        JournalPosition end, std::vector<FolderCursor> cursors,
                                        Completion<Done> done) = 0;

  /// Indexes what a journal says beyond journal_end, and moves that. A journal that was repaired by
  /// taking out a line may have records of a folder that no record has named: they are void, and
  /// counted.
  [[nodiscard]] virtual Operation replay(AccountId account, std::vector<Record> records,
                                         JournalPosition end, Completion<std::uint64_t> done) = 0;
  /// Where the store lies now. `copied`: what was known of its directories is forgotten, so that
  /// the next look at each folder compares every file.
  [[nodiscard]] virtual Operation remember_origin(AccountId account, FileOrigin origin, bool copied,
                                                  Completion<Done> done) = 0;

  /// In the order of their ids. Not the folders that are gone, unless asked.
  [[nodiscard]] virtual Operation folders(AccountId account, bool with_gone,
                                          Completion<std::vector<LedgerFolder>> done) = 0;
  /// Nothing when there is no such folder, or it is gone.
  [[nodiscard]] virtual Operation folder(AccountId account, FolderId folder,
                                         Completion<std::optional<LedgerFolder>> done) = 0;
  [[nodiscard]] virtual Operation set_missing_since(AccountId account, FolderId folder,
                                                    std::int64_t at_ms, Completion<Done> done) = 0;

  /// UIDs of live messages of one generation.
  [[nodiscard]] virtual Operation stored_uids(AccountId account, FolderId folder,
                                              UidValidity uid_validity,
                                              Completion<UidSet> done) = 0;
  /// Live messages of one generation from `from` on, ascending, at most `limit`.
  [[nodiscard]] virtual Operation window(AccountId account, FolderId folder,
                                         UidValidity uid_validity, Uid from, std::size_t limit,
                                         Completion<std::vector<KnownMessage>> done) = 0;
  /// Those of these UIDs that are live messages of the generation, ascending.
  [[nodiscard]] virtual Operation messages(AccountId account, FolderId folder,
                                           UidValidity uid_validity, UidSet uids,
                                           Completion<std::vector<KnownMessage>> done) = 0;
  /// Generations of a folder that still have live messages.
  [[nodiscard]] virtual Operation generations(AccountId account, FolderId folder,
                                              Completion<std::vector<UidValidity>> done) = 0;
  /// One answer for each question, in order.
  [[nodiscard]] virtual Operation name_facts(AccountId account, std::vector<NameQuestion> questions,
                                             Completion<std::vector<NameFacts>> done) = 0;
  /// For each message: a live one with the same SHA-256 under a key that is neither in `leaving`
  /// nor in `also_leaving` (null: nothing else is), one of its folder's present generation (by the
  /// cursor) where there is one.
  [[nodiscard]] virtual Operation live_elsewhere(
      AccountId account, std::vector<KnownMessage> leaving,
      std::shared_ptr<const UidsByPlace> also_leaving,
      Completion<std::vector<std::optional<LiveCopy>>> done) = 0;
  /// How many live messages have another size than was announced; counted no further than `most`.
  [[nodiscard]] virtual Operation other_sizes(AccountId account, std::uint64_t most,
                                              Completion<std::uint64_t> done) = 0;
  [[nodiscard]] virtual Operation quarantined(AccountId account,
                                              Completion<std::vector<QuarantinedMessage>> done) = 0;
  /// One more attempt at a quarantined message has failed.
  [[nodiscard]] virtual Operation count_attempts(AccountId account, std::vector<MessageKey> keys,
                                                 Completion<Done> done) = 0;
  /// What is gone from the server and has not left the mirror yet (sync/plan/departure_plan.h).
  [[nodiscard]] virtual Operation waiting(AccountId account,
                                          Completion<std::vector<WaitingDeparture>> done) = 0;
  /// In the place of all that waited before.
  [[nodiscard]] virtual Operation set_waiting(AccountId account,
                                              std::vector<WaitingDeparture> waiting,
                                              Completion<Done> done) = 0;
  [[nodiscard]] virtual Operation record_pass(AccountId account, PassSummary summary,
                                              Completion<Done> done) = 0;
};

}  // namespace imapkeep
