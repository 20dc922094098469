// GNU mailutils renames every file of a folder that it closes: `,S=3444,W=3444` becomes `,a=O,u=7`.
// What stands before the first comma (date, hash, host and number) is left, and no two messages of
// a folder share it. A message that is missing under its name, and whose bytes lie under such a
// one, gets its name back with the letters that the file has now; without that it would be fetched
// again, and be there twice.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/base/notes.h"
#include "sync/store/maildir/file_search.h"

namespace imapkeep {

/// Of `places`, all of one folder, those that `found` has no file for: by index, the name in cur/
/// under which their bytes lie now. Changes nothing.
Result<std::vector<std::pair<std::size_t, std::string>>> find_renamed_files(
    FolderTree& tree, const std::string& folder_path, const std::vector<StoredPlace>& places,
    const std::vector<SoughtFile>& sought, const std::vector<std::optional<FoundFile>>& found);

/// Gives those their names back, and fills in `found`.
Result<Done> take_back_names(FolderTree& tree, const std::string& folder_path,
                             const std::vector<StoredPlace>& places,
                             const std::vector<SoughtFile>& sought,
                             std::vector<std::optional<FoundFile>>& found, Notes& notes);

}  // namespace imapkeep
