// What a store's journal says is live, read from its first line to its last.
#pragma once

#include <map>
#include <string>

#include "sync/plan/records.h"
#include "tests/support/memory_files.h"

namespace imapkeep::sim {

struct JournalView {
  std::map<FolderId, FolderRecord> folders;
  std::map<MessageKey, MessageRecord> messages;   ///< with the newest flags
  std::map<MessageKey, std::string> quarantined;  ///< why

  /// An error: a line that cannot be read, or no store.
  static Result<JournalView> read(MemoryDisk& disk, const std::string& root);

 private:
  void take(const Record& record);
};

}  // namespace imapkeep::sim
