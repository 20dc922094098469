// The blocking half of MaildirReader: everything that is read of a store, one call at a time, on a
// strand. It opens directories and files, and asks nothing of them but their contents.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/base/notes.h"
#include "sync/journal/file_segments.h"
#include "sync/store/maildir/folder_listing.h"
#include "sync/store/maildir/folder_tree.h"
#include "sync/store/maildir/message_bytes.h"
#include "sync/store/maildir/store_identity.h"
#include "sync/store/store_reader.h"

namespace imapkeep {

/// Which opening of the store a call is for.
struct WantedStore {
  std::string expected_id;
  std::uint64_t opening = 0;  ///< counted from 1; 0: it has not been opened
};

class MaildirReading {
 public:
  MaildirReading(Files& files, std::string root) : files_(files), path_(std::move(root)) {}

  /// Opens the store where this has not happened yet for this opening.
  Result<StoreSummary> open(const WantedStore& wanted);

  Result<JournalChunk> read_journal(const WantedStore& wanted, JournalPosition from);
  Result<std::vector<std::string>> folders(const WantedStore& wanted, StoreArea area);
  Result<std::vector<StoredEntry>> list(const WantedStore& wanted, FolderListing& listing,
                                        const std::string& folder_path);
  Result<std::vector<Result<StoredEntry>>> find(const WantedStore& wanted,
                                                const std::vector<SoughtMessage>& messages);
  /// Opens the message at the first call.
  Result<MessageBlock> read(const WantedStore& wanted, const BytesPlace& place,
                            std::optional<MessageBytes>& bytes);
  Result<std::vector<Result<MessageIdentity>>> check(const WantedStore& wanted,
                                                     const std::vector<BytesPlace>& places);
  Result<std::vector<Result<HeaderBytes>>> read_headers(const WantedStore& wanted,
                                                        const std::vector<BytesPlace>& places,
                                                        std::size_t longest);

  /// What was worth a log line since the last call.
  Notes take_notes() { return std::exchange(notes_, {}); }

 private:
  struct Opened {
    IdentifiedStore store;
    std::unique_ptr<FileSegments> journal;  ///< null: there is none
    FolderTree tree;
    std::string host;  ///< as it stands in file names
    std::optional<FolderRenamingRecord> renaming;
    StoreSummary description;
  };
  Result<Done> open_anew(const std::string& expected_id);
  Result<Opened*> opened(const WantedStore& wanted);

  Files& files_;
  std::string path_;
  std::unique_ptr<Opened> opened_;
  std::uint64_t opening_ = 0;
  Notes notes_;
};

}  // namespace imapkeep
