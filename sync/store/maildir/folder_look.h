// A look at a folder before a pass works on it: has somebody been at its cur/ since, are its three
// directories there (a copy may have lost the empty ones), and may they be changed by us.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/base/notes.h"
#include "sync/store/maildir/file_search.h"
#include "sync/store/maildir/folder_tree.h"
#include "sync/store/message_store.h"

namespace imapkeep {

/// The folder's token, by which a change in cur/ is known: its ctime in nanoseconds, since a copy
/// may have the original's mtime; where that is not known, its mtime. Decimal digits. Empty: there
/// is no cur/.
Result<FolderToken> cur_token(FolderTree& tree, const std::string& folder_path);

/// The same, after making those of cur, new and tmp again that are missing. An error of
/// in_the_way.h when something else lies there. Where the token is `known`, and a ctime, nothing
/// else is looked at (a ctime tells of another owner or mode, too).
Result<FolderToken> look_at_folder(FolderTree& tree, const std::string& folder_path,
                                   const FolderToken& known, Notes& notes);

/// Says it when everybody on this machine can read the mail: a copy through a tool that keeps no
/// modes, most often. INBOX stands for all; a group that was given them is nobody's business.
Result<Done> look_at_modes(FolderTree& tree, Notes& notes);

/// What the files of one folder say beside being there: counted, put right where it costs nothing,
/// and said once.
class LookAtFiles {
 public:
  LookAtFiles(FolderTree& tree, std::string folder_path, Notes& notes)
      : tree_(tree), folder_path_(std::move(folder_path)), notes_(notes) {}
  void at(const StoredPlace& place, const std::optional<FoundFile>& found);
  void end();

 private:
  void set_date(const StoredPlace& place, const FoundFile& file);

  FolderTree& tree_;
  std::string folder_path_;
  Notes& notes_;
  std::uint64_t damaged_ = 0;
  std::string damaged_file_;  ///< one of them
  std::uint64_t dated_ = 0;
};

}  // namespace imapkeep
