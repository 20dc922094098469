#include "sync/store/folder_places.h"

#include <utility>

#include "sync/store/folder_path.h"
#include "sync/store/journal_reader.h"

namespace imapkeep {

Result<std::string> FolderPlaces::make(FolderId folder, const std::string& wanted) {
  return settle(folder, wanted, nullptr);
}

Result<std::string> FolderPlaces::make_for_move(FolderId folder, const std::string& from,
                                                const std::string& wanted) {
  return settle(folder, wanted, &from);
}

Result<std::string> FolderPlaces::settle(FolderId folder, const std::string& wanted,
                                         const std::string* from) {
  std::string candidate = wanted;
  for (unsigned n = 2;; ++n) {
    const auto path = tree_.spelled(candidate);
    if (!path) return path.error();
    if (from && *path == *from) return *path;
    const auto empty = tree_.is_empty(below(*path, "cur"));
    if (!empty) return empty.error();
    // No cur/: nobody lives here. With one, somebody may, also in an empty folder.
    const auto owned = *empty ? is_owned(*path, folder) : Result<bool>(false);
    if (!owned) return owned.error();
    if (!*owned && (!*empty || **empty || !from)) {
      if (const auto made = tree_.make_parts(*path); !made) return made.error();
      take(folder, *path);
      return *path;
    }
    candidate = folded_component(wanted, n);
  }
}

Result<bool> FolderPlaces::is_owned(const std::string& path, FolderId but) {
  if (!std::exchange(journal_read_, true)) {
    auto paths = read_folder_paths(journal_, store_id_, notes_);
    if (!paths) return paths.error();
    for (const auto& [id, place] : *paths) {
      if (!places_.contains(id)) take(id, place);
    }
  }
  const auto at = owners_.find(path);
  return at != owners_.end() && at->second.size() > at->second.count(but);
}

void FolderPlaces::take(FolderId folder, const std::string& path) {
  std::string& place = places_[folder];
  const auto left = owners_.find(place);
  if (left != owners_.end()) left->second.erase(folder);
  place = path;
  owners_[path].insert(folder);
}

}  // namespace imapkeep
