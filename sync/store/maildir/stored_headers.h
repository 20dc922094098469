// Reading what is stored: the headers of messages, to be compared with what a server says of them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sync/store/maildir/folder_tree.h"
#include "sync/store/message_store.h"

namespace imapkeep {

/// As MessageStore::read_headers says it. `host`: as it stands in file names.
Result<std::vector<std::optional<std::string>>> read_stored_headers(
    FolderTree& tree, const std::string& folder_path, const std::vector<StoredPlace>& places,
    std::string_view host);

}  // namespace imapkeep
