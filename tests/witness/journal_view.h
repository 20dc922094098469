// What a store's journal says is live, read from its first line to its last, or to a place in it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "daemon/base/files.h"
#include "sync/journal/records.h"

namespace imapkeep::witness {

struct JournalView {
  std::string store_id;
  JournalPosition end;  ///< behind the last record that was read
  std::uint64_t records = 0;
  std::map<FolderId, FolderRecord> folders;
  std::map<FolderId, FolderRenamingRecord> renaming;  ///< begun, and not said to be done
  std::map<MessageKey, MessageRecord> messages;       ///< with the newest flags
  std::map<MessageKey, std::string> quarantined;      ///< why

  /// An error: a line that cannot be read, or no store. `until`: records behind it are left out.
  /// `each`: called with what was so before the record, and the record.
  using Each = std::function<void(const JournalView& before, const Record& record)>;
  static Result<JournalView> read(Files& files, const std::string& root,
                                  std::optional<JournalPosition> until = std::nullopt,
                                  const Each& each = nullptr);

 private:
  void take(const Record& record);
};

}  // namespace imapkeep::witness
