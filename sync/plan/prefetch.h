// The first words to a folder of which nothing is stored. When LIST has told of it, EXAMINE need
// not be waited for: its highest UIDs are known to lie below UIDNEXT, so messages can be asked for
// at once. What is guessed costs nothing when it is wrong: UIDs that are not there are
// passed over by the server, and those that do not come are asked for in the ordinary way.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sync/imap/types/uid_set.h"
#include "sync/plan/folder_cursor.h"
#include "sync/plan/mailbox_facts.h"

namespace imapkeep {

struct Prefetch {
  UidValidity uid_validity;  ///< EXAMINE must say the same
  UidSet uids;
  std::uint64_t messages = 0;  ///< in the folder
  bool whole = false;          ///< all of them are in `uids`, unless some have come since
  bool operator==(const Prefetch&) const = default;
};

/// `stored`: the generations of which something is stored.
std::optional<Prefetch> decide_prefetch(const FolderCursor& remembered, const MailboxFacts& listed,
                                        const std::vector<UidValidity>& stored);

}  // namespace imapkeep
