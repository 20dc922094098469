// A mailbox was renamed on the server: its cur, new and tmp move, nothing else (subfolders are
// folders of their own). Every step can be done again, so a rename that was interrupted is finished
// by carrying it out once more.
#pragma once

#include <string>

#include "sync/store/folder_tree.h"

namespace imapkeep {

/// An error with kSkipMessage when `to` holds files already, which are then not ours to mix with.
Result<Done> check_rename(FolderTree& tree, const std::string& from, const std::string& to);
/// Durable when it returns.
Result<Done> carry_out_rename(FolderTree& tree, const std::string& from, const std::string& to);

}  // namespace imapkeep
