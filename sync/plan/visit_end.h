// What a visit to a mailbox leaves behind once everything has been asked for: the cursor from which
// the next visit starts, what the server's list lacks (it departs later, by a second witness), and
// the quarantines of messages that were never stored and are not on the server any more. Pure. A
// cursor promises only what was taken in: what is not certain is left out of it, and costs the next
// visit a question.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "daemon/base/error.h"
#include "sync/imap/types/uid_set.h"
#include "sync/journal/records.h"
#include "sync/plan/folder_cursor.h"
#include "sync/plan/visit_facts.h"

namespace imapkeep {

struct VisitEnd {
  FolderCursor cursor;  ///< to be written now, but for the store's word about its files
  /// False: files were missing, and one may not have been had again. The next visit looks.
  bool files_are_known = true;
  FolderCursor afterwards;                     ///< to be written when what is absent has departed
  bool whole = false;                          ///< everything that the server listed is stored
  UidSet absent;                               ///< stored, and not in `listed`
  UidSet listed;                               ///< where something is absent
  std::vector<UidValidity> ended_generations;  ///< all of it is stored under the new UIDVALIDITY
  std::vector<MessageKey> never_stored;        ///< quarantined, and nothing is owed any more
  std::optional<Error> owed;                   ///< the flags of some messages
  std::uint64_t stored = 0;
  std::uint64_t unstored = 0;
};

VisitEnd end_visit(const VisitFacts& found, std::int64_t now_ms);

}  // namespace imapkeep
