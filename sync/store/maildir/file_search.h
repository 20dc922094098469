// Finding message files by base, since a reader may have changed the letters behind it or moved the
// file from new/ to cur/. The expected name is tried first; only what is not there costs a listing,
// and only a second listing says that a file is missing, because a rename during the first can hide
// it (readdir promises nothing about names that change). A file that has another size than its name
// says, or is no plain file, is found and not whole: somebody has damaged it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sync/store/maildir/folder_tree.h"
#include "sync/store/message_store.h"

namespace imapkeep {

struct SoughtFile {
  std::string base;
  std::string expected;  ///< whole name
  std::uint64_t size = 0;
};
struct FoundFile {
  std::string directory;  ///< below ROOT: "INBOX/cur"
  std::string file;
  bool whole = true;          ///< a plain file of the size that was sought
  std::int64_t mtime_ns = 0;  ///< of one that is whole
};

SoughtFile sought_file(const StoredPlace& place, std::string_view host);

/// One answer for each, in order.
Result<std::vector<std::optional<FoundFile>>> find_files(FolderTree& tree,
                                                         const std::string& folder_path,
                                                         const std::vector<SoughtFile>& sought);

/// Whether two files hold the same bytes; false when one is missing, or when the second cannot be
/// read: errors are of the first alone.
Result<bool> same_contents(Directory& a, const std::string& a_name, Directory& b,
                           const std::string& b_name);
/// The same of two files from here to their ends.
Result<bool> same_bytes(InFile& a, InFile& b);
/// Whether a file has so many bytes from here on, and they this hash.
Result<bool> is_message(InFile& file, std::uint64_t size, std::uint64_t xxh3);

}  // namespace imapkeep
