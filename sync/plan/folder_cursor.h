// What a finished pass over a folder leaves behind, and what the next one starts from
// (docs/synchronisation.md). A cursor is a saving of work, never knowledge: lost, the next pass
// lists the folder again.
#pragma once

#include <cstdint>
#include <string>

#include "sync/journal/records.h"
#include "sync/plan/folder_token.h"

namespace imapkeep {

struct FolderCursor {
  FolderId folder;
  UidValidity uid_validity;
  std::uint64_t uid_next = 0;
  std::uint64_t exists = 0;
  ModSeq highest_mod_seq;
  bool complete = false;  ///< at the end of that pass every listed UID was stored, none was pending
  FolderToken token = {};
  std::int64_t listed_at_ms = 0;  ///< when the full UID list was last compared
  std::string mailbox_id = {};    ///< RFC 8474, printable; empty: the server tells none
  /// UIDNEXT has gone back to this while messages were stored under higher UIDs, and not all of
  /// them have left yet; 0: no.
  std::uint64_t doubted_from = 0;
  /// Passes that fetched messages again because the server announced something else of them, and
  /// found every byte the same.
  std::uint32_t vain_checks = 0;
  /// Visits in a row at which the server had numbered the messages anew.
  std::uint32_t renumbered = 0;
  bool operator==(const FolderCursor&) const = default;
};

}  // namespace imapkeep
