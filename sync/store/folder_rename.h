// A mailbox was renamed on the server: its cur, new and tmp move, nothing else (subfolders are
// folders of their own). Every step can be done again, so a rename that was interrupted is finished
// by carrying it out once more.
#pragma once

#include <string>

#include "sync/store/folder_tree.h"

namespace imapkeep {

/// Durable when it returns. False: `to` holds mail already, so cur/ has stayed where it was.
Result<bool> carry_out_rename(FolderTree& tree, const std::string& from, const std::string& to);

}  // namespace imapkeep
