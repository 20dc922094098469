#include "sync/store/damaged_files.h"

#include <cerrno>
#include <utility>

#include "sync/store/in_the_way.h"
#include "sync/store/store_identity.h"

namespace imapkeep {

Result<bool> set_aside(FolderTree& tree, const std::string& folder_path, const FoundFile& file,
                       WallTime now, Notes& notes) {
  const std::string kept_folder =
      below(below(below(kStoreDirectory, "gone"), utc_date(now)), folder_path);
  if (const auto made = tree.make_parts(kept_folder); !made) return made.error();
  const std::string kept_path = below(kept_folder, "cur");
  const auto kept = tree.open(kept_path);
  if (!kept) return kept.error();
  const auto live = tree.open(file.directory);
  if (!live) return live.error();
  if (!*kept || !*live) return false;
  const std::string name = "damaged." + file.file;
  std::string free_name = name;
  for (unsigned n = 2;; ++n) {
    const auto moved = (*live)->rename(file.file, **kept, free_name);
    if (!moved && moved.error().os_code != EXDEV) {
      return tree.explained_move(file.directory, kept_path, moved.error());
    }
    if (!moved || *moved == Placed::kMissing) return false;
    if (*moved == Placed::kDone) break;
    free_name = name + "~" + std::to_string(n);
  }
  tree.changed(kept_path);
  tree.changed(file.directory);
  notes.push_back(
      {LogLevel::kWarning,
       "store.damaged_file_moved_aside",
       {{"file", below(file.directory, file.file)}, {"to", below(kept_path, free_name)}}});
  return true;
}

void DamagedFiles::looked_at(const StoredPlace& place, const SoughtFile& sought,
                             const std::optional<FoundFile>& found) {
  if (found && !found->whole) {
    files_.insert_or_assign(place.key, Damaged{place.folder_path, sought, *found});
  } else if (!files_.empty()) {
    files_.erase(place.key);
  }
}

Result<std::optional<FoundFile>> DamagedFiles::still_damaged(FolderTree& tree,
                                                             const Damaged& damaged) {
  const auto directory = tree.open(damaged.found.directory);
  if (!directory) return directory.error();
  const auto facts = *directory ? (*directory)->stat(damaged.found.file)
                                : Result<std::optional<FileFacts>>(std::nullopt);
  if (!facts) return explained(**directory, facts.error());
  if (*facts) {
    const bool whole = (*facts)->kind == FileKind::kFile && (*facts)->size == damaged.sought.size;
    return whole ? std::optional<FoundFile>() : damaged.found;
  }
  auto found = find_files(tree, damaged.folder_path, {damaged.sought});
  if (!found) return found.error();
  auto& file = found->front();
  return file && !file->whole ? std::move(file) : std::optional<FoundFile>();
}

Result<Done> DamagedFiles::make_way(FolderTree& tree, const MessageKey& key, WallTime now,
                                    Notes& notes) {
  if (files_.empty()) return Done{};
  const auto known = files_.find(key);
  if (known == files_.end()) return Done{};
  const Damaged damaged = known->second;
  files_.erase(known);
  const auto found = still_damaged(tree, damaged);
  if (found && !*found) return Done{};
  const auto moved = found ? set_aside(tree, damaged.folder_path, **found, now, notes)
                           : Result<bool>(found.error());
  if (moved) return Done{};
  if (!is_in_the_way(moved.error())) return moved.error();
  // Then it stays, and the message gets another name beside it.
  notes.push_back({LogLevel::kWarning, "store.in_the_way", {{"why", moved.error().what}}});
  return Done{};
}

}  // namespace imapkeep
