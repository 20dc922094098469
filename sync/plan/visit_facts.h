// What one visit knows of its mailbox: from the cursor, from EXAMINE, from the ledger, and what the
// server has said of flags and UIDs since.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "sync/imap/types/uid_set.h"
#include "sync/journal/records.h"
#include "sync/plan/folder_cursor.h"
#include "sync/plan/mailbox_facts.h"

namespace imapkeep {

/// Of the flags of stored messages, once they have been asked for.
struct FlagsFound {
  UidSet altered;           ///< something else is announced of these than when they were stored
  UidSet answered;          ///< the server said something of them
  UidSet unsaid;            ///< asked for by name, and their flags not said
  UidSet silent;            ///< nothing was said of these when all were asked for
  bool unreadable = false;  ///< some answer could not be read
};

struct VisitFacts {
  FolderCursor remembered;
  FolderCursor numbers;   ///< EXAMINE's, as a cursor keeps them
  MailboxFacts examined;  ///< the same, as far as they can be used
  bool doubted = false;   ///< FolderWork::doubted was set

  std::vector<UidValidity> generations;         ///< of which something is stored
  std::map<UidValidity, UidSet> missing;        ///< stored messages whose files are gone
  UidSet stored;                                ///< of this generation
  std::map<UidValidity, UidSet> stored_of_old;  ///< where something is quarantined
  std::vector<MessageKey> quarantined;          ///< of the folder, whatever their generation
  std::uint64_t checked_same = 0;               ///< fetched again: what is stored
  std::uint64_t checked_other = 0;

  std::optional<FlagsFound> flags;  ///< nothing: they need not be asked for
  UidSet without_flags;             ///< arrived, and the server did not say their flags
  UidSet listed;
  bool listed_all = false;     ///< `listed` answers for all of the mailbox
  bool list_complete = false;  ///< … and has as many members as the mailbox has messages

  [[nodiscard]] UidValidity generation() const { return numbers.uid_validity; }
  [[nodiscard]] UidSet files_missing() const;  ///< of this generation
  /// Of this generation, both.
  [[nodiscard]] UidSet quarantined_and_stored() const;
  /// One in which something is quarantined and, perhaps, stored: not in stored_of_old yet.
  [[nodiscard]] std::optional<UidValidity> next_old_generation() const;
  /// As good as an answer to UID SEARCH.
  void take_for_list(const UidSet& uids);
};

}  // namespace imapkeep
