#include "sync/store/maildir/damaged_files.h"

#include <cerrno>
#include <utility>

#include "sync/store/maildir/in_the_way.h"
#include "sync/store/maildir/store_identity.h"

namespace imapkeep {
namespace {

void note_moved(const std::string& from, const std::string& to, Notes& notes) {
  notes.push_back(
      {LogLevel::kWarning, "store.damaged_file_moved_aside", {{"file", from}, {"to", to}}});
}

/// Then it stays, and the message gets another name beside it.
void note_in_the_way(const Error& why, Notes& notes) {
  notes.push_back({LogLevel::kWarning, "store.in_the_way", {{"why", why.what}}});
}

}  // namespace

Result<std::size_t> set_aside(FolderTree& tree, KeptFiles& kept, const std::string& folder_path,
                              const FoundFile& file, WallTime now, Notes& notes) {
  const std::string directory = below(utc_date(now), folder_path);
  const std::string name = std::string(kDamagedPrefix) + file.file;
  const auto live = tree.open(file.directory);
  if (!live) return live.error();
  const auto facts =
      *live ? (*live)->stat(file.file) : Result<std::optional<FileFacts>>(std::nullopt);
  if (!facts) return explained(**live, facts.error());
  if (!*facts) return kNotCompressed;
  if ((*facts)->kind == FileKind::kFile) return kept.add(file, directory, name);
  const std::string kept_path = below(kGoneDirectory, directory);
  const auto to = make_proven(tree, kept_path);
  if (!to) return to.error();
  std::string free_name = name;
  for (unsigned n = 2;; ++n) {
    const auto moved = (*live)->rename(file.file, **to, free_name);
    if (!moved && moved.error().os_code != EXDEV) {
      return tree.explained_move(file.directory, kept_path, moved.error());
    }
    if (!moved || *moved == Placed::kMissing) return kNotCompressed;
    if (*moved == Placed::kDone) break;
    free_name = numbered_name(name, n);
  }
  tree.changed(file.directory);
  note_moved(below(file.directory, file.file), below(kept_path, free_name), notes);
  return kNotCompressed;
}

void note_set_aside(const KeptFiles::File& file, Notes& notes) {
  if (file.vanished || file.refused) return;
  note_moved(below(file.live.directory, file.live.file),
             below(below(kGoneDirectory, file.directory), file.name), notes);
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

Result<Done> DamagedFiles::make_way(FolderTree& tree, Directory& place,
                                    const std::vector<NewMessage>& coming, WallTime now,
                                    Notes& notes) {
  if (files_.empty()) return Done{};
  // For its message there was room.
  KeptFiles kept(tree, place, KeptFiles::Taken::kNext, 0);
  for (const NewMessage& message : coming) {
    const auto known = files_.find(message.record.key);
    if (known == files_.end()) continue;
    const Damaged damaged = known->second;
    files_.erase(known);
    const auto found = still_damaged(tree, damaged);
    if (found && !*found) continue;
    const auto moved = found ? set_aside(tree, kept, damaged.folder_path, **found, now, notes)
                             : Result<std::size_t>(found.error());
    if (moved) continue;
    if (!keeps_waiting(moved.error())) return moved.error();
    note_in_the_way(moved.error(), notes);
  }
  if (const auto finished = kept.finish(); !finished) return finished;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const KeptFiles::File& file = kept.at(i);
    if (file.refused) note_in_the_way(*file.refused, notes);
    note_set_aside(file, notes);
  }
  return Done{};
}

}  // namespace imapkeep
