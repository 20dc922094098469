#include "sync/store/maildir/folder_places.h"

#include <utility>

#include "sync/journal/journal_reader.h"
#include "sync/store/maildir/folder_path.h"

namespace imapkeep {

Result<std::string> FolderPlaces::make(FolderId folder, const std::string& wanted) {
  return choose_path(folder, wanted, nullptr);
}

Result<std::string> FolderPlaces::make_for_move(FolderId folder, const std::string& from,
                                                const std::string& wanted) {
  return choose_path(folder, wanted, &from);
}

Result<std::string> FolderPlaces::choose_path(FolderId folder, const std::string& wanted,
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
    const auto free = !*empty || **empty ? Result<bool>(true) : is_left_to(from);
    if (!free) return free.error();
    if (!*owned && *free) {
      if (const auto made = tree_.make_parts(*path); !made) return made.error();
      take(folder, *path);
      return *path;
    }
    candidate = folded_component(wanted, n);
  }
}

/// Whether mail that no record claims may belong to this folder: to a new one, whose messages adopt
/// it; to one that moves only when nothing is left where it was, so that it has moved before and
/// the record that said so is lost.
Result<bool> FolderPlaces::is_left_to(const std::string* from) {
  if (!from) return true;
  const auto source = tree_.open(below(*from, "cur"));
  if (!source) return source.error();
  return *source == nullptr;
}

Result<bool> FolderPlaces::is_owned(const std::string& path, FolderId but) {
  if (!std::exchange(journal_read_, true)) {
    auto paths = read_folder_paths(journal_, notes_);
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
