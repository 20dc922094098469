// Everything that lies in the store for one folder, some entries at a time: in the live tree what
// is in cur/ and new/ (what is on its way in is not there yet), in the kept area what lies there of
// all days. Lives on a strand; only the directory that is being listed is open meanwhile.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sync/store/maildir/folder_tree.h"
#include "sync/store/store_reader.h"

namespace imapkeep {

/// Paths of all folders that have a place in this area; sorted.
Result<std::vector<std::string>> list_folders(FolderTree& tree, StoreArea area);

class FolderListing {
 public:
  FolderListing(std::string folder_path, StoreArea area)
      : folder_path_(std::move(folder_path)), area_(area) {}

  /// At most `most`; none: that was all. `moving`: what an interrupted rename of this folder has
  /// left in .imapkeep/moving belongs to it.
  Result<std::vector<StoredEntry>> next(FolderTree& tree, std::size_t most, std::string_view host,
                                        bool moving);

 private:
  struct Part {
    std::string directory;  ///< below ROOT
    std::string day;        ///< empty: of the live tree
  };
  Result<Done> begin(FolderTree& tree, bool moving);
  /// False: there are no more parts.
  Result<bool> open_next(FolderTree& tree);
  Result<Done> add(std::string_view name, std::string_view host, std::vector<StoredEntry>& entries);

  std::string folder_path_;
  StoreArea area_;
  bool begun_ = false;
  std::deque<Part> left_;
  Part part_;
  FolderTree::Handle directory_;
  std::unique_ptr<NameListing> names_;
};

}  // namespace imapkeep
