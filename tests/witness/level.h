// Does a mirror equal its server? By three witnesses at once: what the server holds, what the
// journal says is live, and the files in the live tree, message by message: folder, UIDVALIDITY,
// UID, bytes, flags.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tests/support/model_imap_server.h"
#include "tests/witness/journal_view.h"

namespace imapkeep::witness {

/// Path below ROOT → bytes, of what stands in the live tree.
using LiveFiles = std::map<std::string, const std::string*>;

/// "Work/1003/7", for people.
std::string shown(const MessageRecord& record, const FolderRecord* folder);
/// Where the record's file stands in the live tree, by its name and flags.
std::string file_of(const MessageRecord& record, const std::string& folder_path,
                    const std::string& host);
/// Null: it is not there under this folder's name, UIDVALIDITY and UID.
const ModelMessage* on_server(const ModelImapServer& server, const MessageRecord& record,
                              const FolderRecord* folder);

/// What is no fault.
struct Excuses {
  /// Bytes of a file that no record claims and that may be in the live tree all the same.
  std::function<bool(const std::string& bytes)> may_stay;
  /// A file name up to ":2,": a mail reader has set other letters.
  std::function<bool(const std::string& base)> may_be_marked;
};

/// Complaints; empty: level. `host` as configured.
std::vector<std::string> compare_level(const ModelImapServer& server, const JournalView& journal,
                                       LiveFiles files, const std::string& host,
                                       const Excuses& excuses);

}  // namespace imapkeep::witness
