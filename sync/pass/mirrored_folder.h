// One mailbox seen from both sides: what the server listed and what the ledger remembers.
#pragma once

#include <optional>
#include <vector>

#include "daemon/base/bytes.h"
#include "sync/imap/source_connection.h"
#include "sync/state/ledger.h"

namespace imapkeep {

struct MirroredFolder {
  imap::ListedMailbox listed;
  LedgerFolder remembered;

  [[nodiscard]] FolderId id() const { return remembered.record.id; }
  [[nodiscard]] const std::string& path() const { return remembered.record.path; }
  /// For people: no byte of it can steer a terminal.
  [[nodiscard]] std::string display() const {
    return printable_utf8(remembered.record.name.display(remembered.record.delimiter));
  }
};

/// Mail that the first witness says is gone from the server: it was not in a list of all UIDs.
struct Absence {
  enum class Of {
    kMessages,        ///< these UIDs of the generation that is current
    kOldGeneration,   ///< everything of a generation that a new UIDVALIDITY has ended
    kFolderMessages,  ///< everything of one generation of a folder that is gone, doubly witnessed
    kFolder,          ///< that folder itself, after its last message
  };
  Of of = Of::kMessages;
  LedgerFolder folder;
  UidValidity generation;
  UidValidity current;      ///< kOldGeneration: what replaced it
  UidSet uids;              ///< kMessages only; otherwise all that the ledger knows
  FolderCursor afterwards;  ///< to be remembered once they have departed
  UidSet listed = {};       ///< kMessages: the list that lacks them
};

}  // namespace imapkeep
