// The headers of stored messages, to be compared with what a server says of them, and to be
// searched.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/files.h"
#include "sync/store/maildir/folder_tree.h"
#include "sync/store/message_store.h"

namespace imapkeep {

struct ReadHeader {
  std::string bytes;
  bool has_end = false;  ///< the empty line behind a header
  bool all = false;      ///< the message has no further bytes: it may be all header
};
/// The first bytes of a message: as many as are its header, and not more than `longest`.
Result<ReadHeader> read_header(InFile& message, std::size_t longest);

/// As MessageStore::read_headers says it. `host`: as it stands in file names.
Result<std::vector<std::optional<std::string>>> read_stored_headers(
    FolderTree& tree, const std::string& folder_path, const std::vector<StoredPlace>& places,
    std::string_view host);

}  // namespace imapkeep
