// Reading a journal: as a whole when a store is opened (survey: only its end), and record by record
// for the ledger.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/notes.h"
#include "sync/journal/journal_access.h"
#include "sync/journal/records.h"

namespace imapkeep {

struct JournalEnd {
  std::uint64_t last_segment = 0;      ///< 0: there is none
  JournalPosition end;                 ///< behind the last whole record
  bool clean = true;                   ///< the last writer ended its segment
  std::vector<std::string> unclaimed;  ///< as in SegmentEnd
  /// A rename that was begun and not recorded as done.
  std::optional<FolderRenamingRecord> unfinished;
};

/// Reads back from the last segment to the last record, and writes nothing: for whoever only reads,
/// also beside a writer that is at work. An interrupted writer's last lines may not be durable.
Result<JournalEnd> look_at_journal_end(const JournalAccess& journal, Notes& notes);

/// The same for a writer: what an interrupted one left is made durable before it is believed.
Result<JournalEnd> survey_journal(const JournalAccess& journal, Notes& notes);

/// At most `limit` records behind `from`.
Result<JournalChunk> read_journal_records(const JournalAccess& journal, JournalPosition from,
                                          std::size_t limit, Notes& notes);

/// Paths of the folders that are not gone. Reads the whole journal.
Result<std::map<FolderId, std::string>> read_folder_paths(const JournalAccess& journal,
                                                          Notes& notes);

}  // namespace imapkeep
