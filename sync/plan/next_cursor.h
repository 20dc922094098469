// What a cursor carries from one visit to the next beside the server's numbers: which mailbox this
// was, from which UID on stored messages are in doubt, and how often looking again was in vain.
#pragma once

#include "sync/imap/types/uid_set.h"
#include "sync/plan/folder_cursor.h"
#include "sync/plan/mailbox_facts.h"

namespace imapkeep {

struct VisitFindings {
  UidSet listed;                   ///< the server's UIDs, as far as they were asked for
  bool absences = false;           ///< something that is stored was not listed, and is still here
  bool list_was_wrong = false;     ///< not as many UIDs as the mailbox has messages
  bool doubted = false;            ///< FolderWork::doubted was set
  bool announced_anew = false;     ///< what was announced of stored messages had changed
  std::uint64_t checked_same = 0;  ///< looked at again: what is stored
  std::uint64_t checked_other = 0;
};

/// Fills in what depends on `remembered`; the numbers of EXAMINE are in `cursor`.
void carry_on(FolderCursor& cursor, const FolderCursor& remembered, const MailboxFacts& examined,
              const VisitFindings& found);

}  // namespace imapkeep
