// Which directory a folder gets. By its name (folder_path.h), unless that place is taken: by
// another spelling where file names fold case, by another live folder (whose name meant this path
// before a rename or in another encoding), or, when a folder moves, by mail that no record claims.
// Then the next spelling is tried, `Work%~2`; the folder's record says what it became.
#pragma once

#include <map>
#include <set>
#include <string>

#include "daemon/base/notes.h"
#include "sync/journal/journal_access.h"
#include "sync/journal/records.h"
#include "sync/store/maildir/folder_tree.h"

namespace imapkeep {

class FolderPlaces {
 public:
  /// The journal is read only when a wanted place exists already.
  FolderPlaces(FolderTree& tree, const JournalAccess& journal, Notes& notes)
      : tree_(tree), journal_(journal), notes_(notes) {}

  /// Makes the directories of a new folder and tells its path.
  Result<std::string> make(FolderId folder, const std::string& wanted);
  /// The same for a folder that will move there from `from`, which may be the same place.
  Result<std::string> make_for_move(FolderId folder, const std::string& from,
                                    const std::string& wanted);

 private:
  Result<std::string> choose_path(FolderId folder, const std::string& wanted,
                                  const std::string* from);
  Result<bool> is_left_to(const std::string* from);
  Result<bool> is_owned(const std::string& path, FolderId but);
  void take(FolderId folder, const std::string& path);

  FolderTree& tree_;
  const JournalAccess& journal_;
  Notes& notes_;
  bool journal_read_ = false;
  std::map<FolderId, std::string> places_;  ///< as this object settled them, else as journalled
  std::map<std::string, std::set<FolderId>> owners_;  ///< the same, by path
};

}  // namespace imapkeep
