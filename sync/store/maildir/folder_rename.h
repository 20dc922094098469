// A mailbox was renamed on the server: its cur, new and tmp move, nothing else (subfolders are
// folders of their own). Every step can be done again, so a rename that was interrupted is finished
// by carrying it out once more. Where a directory cannot be renamed (EXDEV: overlayfs without
// redirect_dir, and the directory lies in the lower layer) its files go one by one into
// .imapkeep/moving/, which then becomes the directory: so the target is never half filled, and one
// that holds mail is always somebody else's.
#pragma once

#include <string>

#include "sync/store/maildir/folder_tree.h"

namespace imapkeep {

/// Durable when it returns. False: `to` holds mail already, or cannot be reached, and cur/ has been
/// seen where it was, whole. Where neither can be said it is an error, and whoever asks again, when
/// the way is clear, has it finished.
Result<bool> carry_out_rename(FolderTree& tree, const std::string& from, const std::string& to);

}  // namespace imapkeep
