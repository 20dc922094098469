// A directory that cannot be renamed, moved file by file: into .imapkeep/moving/<part>, and that is
// then renamed. One rename of a folder is under way at a time, so whatever lies there is of that
// one. Each step is durable before the next begins.
#pragma once

#include <string>

#include "sync/store/maildir/folder_tree.h"

namespace imapkeep {

/// Where they wait, below ROOT.
const std::string& moving_directory();

/// An interrupted rename has left files of this part (cur, new, tmp) there.
Result<bool> is_staged(FolderTree& tree, const std::string& part);
/// Moves all files there; what else lies in the directory stays. False: they cannot be moved.
Result<bool> stage(FolderTree& tree, const std::string& from, const std::string& part);
/// False: somebody has been quicker.
Result<bool> place_staged(FolderTree& tree, const std::string& to, const std::string& part);
/// Back to where they came from.
Result<Done> give_back(FolderTree& tree, const std::string& from, const std::string& part);
Result<Done> remove_staging(FolderTree& tree);
/// Whether files of this part have been left there; a directory without any is removed.
Result<bool> files_left(FolderTree& tree, const std::string& part);

/// Nothing but directories is in it, and at least one: our files have left it.
Result<bool> only_directories(FolderTree& tree, const std::string& path);

}  // namespace imapkeep
