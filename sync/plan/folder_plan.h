// The server's folders against the ledger's. A folder is known by its raw name; one that is missing
// may have been renamed, may be hidden by a server that answers LIST in part, or may be gone, and
// only the last costs anything, so it is believed last: two complete LISTs minutes apart, then a
// refused STATUS. Folders that the operator excludes are left as they are, listed or not.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "daemon/base/error.h"
#include "sync/plan/folder_cursor.h"
#include "sync/plan/mailbox_choice.h"
#include "sync/plan/mailbox_facts.h"

namespace imapkeep {

/// Between the two LISTs that witness a folder's absence.
inline constexpr std::int64_t kMissingLongEnoughMs = 2LL * 60 * 1000;

/// A folder of the ledger that is not gone.
struct KnownFolder {
  FolderId id;
  MailboxName name;
  char delimiter = 0;
  FolderCursor cursor;
  std::int64_t missing_since_ms = 0;
};

struct MatchedFolder {
  FolderId id;
  ListedFolder listed;
};

/// Every known folder, and every listed one that holds mail, is in exactly one of the lists below,
/// except that `returned` repeats some of `present` and that `renamed` names one of each.
struct FolderPlan {
  std::vector<MatchedFolder> present;   ///< known and there, in the order of visiting; the name may
                                        ///< be spelled anew (UTF-8 instead of modified UTF-7)
  std::vector<FolderId> returned;       ///< of those: was missing, is not any more
  std::vector<ListedFolder> created;    ///< to be mirrored from now on, in the order of visiting
  std::vector<MatchedFolder> renamed;   ///< candidates: a sample of messages must still agree
  std::vector<FolderId> newly_missing;  ///< this LIST is the first witness
  std::vector<FolderId> still_missing;  ///< too early for a second one
  std::vector<FolderId> ask;            ///< missing long enough: gone, if STATUS is refused
  std::vector<ListedFolder> excluded;   ///< left out by choice: explained
  std::vector<ListedFolder> mailless;   ///< \Noselect or \NonExistent, and not known
  std::vector<FolderId> left_alone;     ///< known and not there, but excluded by now
  /// So much is missing that the LIST itself is in doubt. Then newly_missing, renamed and ask are
  /// empty, their folders are in still_missing, and a person is to be told.
  std::optional<Error> alarm;
};

/// `listed`: a LIST that ended with OK. New folders need facts (STATUS) for renames to be found.
FolderPlan plan_folders(std::vector<ListedFolder> listed, const std::vector<KnownFolder>& known,
                        const MailboxChoice& choice, std::int64_t now_ms);

}  // namespace imapkeep
