// What a visit to a mailbox is told, and what it wants done: the two languages of MailboxMachine.
// Values only, so that a visit can be written down as a table.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "daemon/base/error.h"
#include "sync/imap/types/uid_set.h"
#include "sync/journal/records.h"
#include "sync/plan/folder_cursor.h"
#include "sync/plan/mailbox_facts.h"
#include "sync/plan/prefetch.h"
#include "sync/plan/unseen.h"
#include "sync/plan/visit_end.h"

namespace imapkeep::visit {

// What happened. All but NextAsked and EarlyListFailed answer the last action that waits.

struct Begun {};
struct FilesSeen {
  std::vector<UidValidity> generations;   ///< of which something is stored
  std::map<UidValidity, UidSet> missing;  ///< stored messages whose files are gone
  bool may_prefetch = false;              ///< nothing went wrong with that before
};
struct Examined {
  FolderCursor numbers;  ///< as the server gave them
  MailboxFacts facts;
  bool condstore = false;
  bool forgets_uids = false;  ///< see ServerHabits
};
struct Counted {  ///< by STATUS
  std::uint64_t messages = 0;
};
struct Nooped {};
struct Stored {  ///< what the ledger has of this generation
  UidSet uids;
  std::vector<MessageKey> quarantined;  ///< of the folder, whatever their generation
  UidSet looked_at;  ///< doubted, and compared already by a pass that did not reach its end
  std::uint64_t checked_same = 0;  ///< fetched again by this visit: what is stored
  std::uint64_t checked_other = 0;
};
struct FlagsLevel {
  FlagsFound found;
};
struct HeadersCompared {
  UidSet differ;
  UidSet unknown;
};
struct Listed {  ///< UID SEARCH of everything, or what FETCH of everything showed
  UidSet uids;
};
struct Fetched {
  bool unfinished = false;  ///< something had to be asked again, and the next mailbox is examined
  UidSet prefetched;        ///< what came of the prefetch
  UidSet without_flags;     ///< arrived, and the server did not say their flags
  Unseen unseen;            ///< what did not come
};
struct OldStored {  ///< what the ledger has of an earlier generation
  UidSet uids;
};
/// Nothing is left to be asked for, if all goes well.
struct AllAsked {};
struct Failed {
  Error error;
  bool token_refused = false;
};
/// The list that was asked for together with EXAMINE.
struct EarlyListFailed {
  Error error;
};

using Event =
    std::variant<Begun, FilesSeen, Examined, Counted, Nooped, Stored, FlagsLevel, HeadersCompared,
                 Listed, Fetched, OldStored, AllAsked, Failed, EarlyListFailed>;

struct Action {
  enum class Kind {
    // Each is answered by an event.
    kLookAtFiles,  ///< of the store; `all`: whatever it remembers of them; `may_skip`: if they are
                   ///< as they were the visit is over, and the generations need not be read
    kExamine,
    kPrefetch,  ///< EXAMINE, unless `prefetch.whole` the list of UIDs, and messages
    kAskCount,  ///< STATUS
    kNoop,      ///< the server may say what it has not said yet
    kFindStored,
    kFetchFlags,      ///< of `uids`
    kCompareHeaders,  ///< of `uids`
    kListUids,        ///< UID SEARCH
    kListAgain,       ///< NOOP, then UID SEARCH
    kListByFetch,     ///< what the server shows when it is asked for everything
    kFetch,           ///< bodies of `uids`, and what the prefetch still brings
    kRecount,         ///< what arrived becomes durable; then as kFindStored
    kFindOldStored,   ///< of `generation`
    // Done at once, before what follows.
    kKeepPrefetch,   ///< it is for the mailbox that was meant
    kDropPrefetch,   ///< it is not
    kBlamePrefetch,  ///< it is not tried again in this folder
    kAllowNext,      ///< another mailbox may be examined
    kQuarantine,     ///< `uids`, because of `why`
    kOwe,            ///< something of the folder is owed: `error`
    // The end.
    kSkip,         ///< nothing has changed
    kEndForNow,    ///< to be visited again, alone
    kWriteCursor,  ///< `end`
    kKeepAndFail,  ///< what has arrived becomes durable, then `error`
    kFail,         ///< `error`
  } kind;
  UidSet uids = {};
  bool all = false;
  bool may_skip = false;
  std::optional<ModSeq> since = {};  ///< kFetchFlags: only what has changed since
  bool announcements = false;        ///< kFetchFlags: dates and sizes, too
  UidValidity generation = {};
  Prefetch prefetch = {};
  std::string why = {};
  Error error = {};
  VisitEnd end = {};
};
using Actions = std::vector<Action>;

}  // namespace imapkeep::visit
