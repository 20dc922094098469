// What one folder needs, decided from what was remembered and what the server says. Nothing here
// asks or does; every function is a table that a test can hold. The order of a visit: decide_visit
// before EXAMINE, decide_work behind it, needs_uid_list once the new messages are listed, compare
// window by window, then batches (fetch_batches.h). Doubt always costs work and never mail: the
// cheap path is taken only where every number agrees.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sync/imap/types/uid_set.h"
#include "sync/plan/folder_cursor.h"
#include "sync/plan/identity_check.h"
#include "sync/plan/known_message.h"
#include "sync/plan/mailbox_facts.h"

namespace imapkeep {

/// More new UIDs than this are listed, not guessed from UIDNEXT: a server may jump by millions.
inline constexpr std::uint64_t kMostNewUids = 5000;
/// At most this long between two full UID lists of a folder.
inline constexpr std::int64_t kListAgainMs = 24LL * 60 * 60 * 1000;

enum class FolderVisit {
  kSkip,        ///< nothing has changed
  kUnfinished,  ///< the last pass left something open, or there was none
  kOwed,        ///< a quarantined message is due again, or a file is missing from the mirror
  kListingDue,  ///< the UID list was last compared a day ago, or in the future
  kUnknowable,  ///< the server does not say enough: flags may have changed unseen
  kChanged,     ///< the server says so
};

/// The UID list was last compared a day ago, or never, or in the future.
bool listing_due(const FolderCursor& remembered, std::int64_t now_ms);

/// From the facts of STATUS or LIST-STATUS. `owed`: see kOwed. Only kSkip spares the EXAMINE.
FolderVisit decide_visit(const FolderCursor& remembered, const MailboxFacts& server, bool owed,
                         std::int64_t now_ms);

enum class FlagsScan {
  kNone,          ///< no flag has changed since the cursor
  kChangedSince,  ///< FETCH (FLAGS) (CHANGEDSINCE cursor's mod-sequence)
  kFull,          ///< FETCH (FLAGS) of all known UIDs; what it leaves out is a first witness
};

/// Which of the messages that are stored must be announced as they were (identity_check.h).
enum class Comparison {
  kNone,
  kChanged,  ///< those whose flags have changed since the cursor
  kAll,
};

struct FolderWork {
  /// False: the server gave no UIDVALIDITY, so its UIDs mean nothing tomorrow. All is listed, and
  /// only the bytes can tell what is already stored.
  bool uids_persist = true;
  FlagsScan flags = FlagsScan::kFull;
  ModSeq changed_since;  ///< for kChangedSince
  /// More than kNone: dates and sizes are asked for together with the flags.
  Comparison compare = Comparison::kNone;
  /// What is stored under these UIDs is doubted, whatever is announced of it: headers are compared,
  /// and what differs is fetched again.
  std::optional<UidRange> doubted;
  bool uid_list = true;  ///< UID SEARCH of everything, whatever the counts say
  /// Without uid_list: UIDs that the cursor has not seen. Absent: none.
  std::optional<UidRange> new_uids;
  bool operator==(const FolderWork&) const = default;
};

/// The server knows less of the mailbox than it did: restored from a backup, most often. Since then
/// it may have given UIDs that are stored to other messages, and nobody knows from which on.
bool went_back(const FolderCursor& remembered, const MailboxFacts& examined);
/// By the ids that it tells (RFC 8474) this is another mailbox, whatever its UIDVALIDITY says.
bool is_another(const FolderCursor& remembered, const MailboxFacts& examined);

/// From the facts of EXAMINE. `condstore`: the server announced it, so CHANGEDSINCE may be used.
/// `forgets_uids`: see ServerHabits.
FolderWork decide_work(const FolderCursor& remembered, const MailboxFacts& examined, bool condstore,
                       bool forgets_uids, std::int64_t now_ms);

/// Where EXAMINE says too few messages nobody would look for the others. So its count is held
/// against a STATUS that is asked behind it where LIST's STATUS says more; and where an empty
/// mailbox, whose UIDs are not listed, is not known to be empty by anything else.
bool is_doubtful_count(const FolderCursor& remembered, const MailboxFacts& listed,
                       const MailboxFacts& examined);

/// Are the messages that we know, or know to be owed, as many as the server has? `known` counts
/// stored and quarantined ones of this generation and those just listed.
bool needs_uid_list(std::uint64_t known, std::uint64_t exists);

/// Ghosts happen, and mail may come between two answers; but a list that names far more UIDs than
/// there are messages is no list, and what it names is not asked for one by one.
bool is_plausible_list(std::uint64_t listed, std::uint64_t exists);

/// A UID list against the ledger.
struct UidDifference {
  UidSet to_fetch;  ///< on the server, not stored
  UidSet absent;    ///< stored, not on the server: a first witness, see confirm_absence
};
UidDifference compare_uids(const UidSet& stored, const UidSet& listed);

struct FlagsDifference {
  MessageKey key;
  Flags flags;  ///< the server's
  bool operator==(const FlagsDifference&) const = default;
};
struct AnswerDifference {
  std::vector<FlagsDifference> flags;  ///< ascending
  UidSet altered;                      ///< announced otherwise than when they were stored
};
/// What FETCH answers say about known messages (ascending). Answers may come unsorted and twice
/// (the last one that has flags counts); what they say of others, and known messages without an
/// answer, are passed over.
AnswerDifference compare_answers(std::span<const KnownMessage> known,
                                 std::span<const ListedMessage> listed);

/// The second witness: which of `absent` a complete UID list under a fresh EXAMINE confirms. None
/// when the list has not as many members as EXISTS says.
UidSet confirm_absence(const UidSet& absent, const UidSet& listed, std::uint64_t exists);

}  // namespace imapkeep
