#include "sync/store/maildir/moved_files.h"

#include <cerrno>

#include "sync/store/maildir/file_search.h"
#include "sync/store/maildir/in_the_way.h"
#include "sync/store/maildir/store_identity.h"

namespace imapkeep {
namespace {

const std::string kMoving = below(kStoreDirectory, "moving");

Result<std::vector<std::string>> files_in(Directory& directory) {
  std::vector<std::string> names;
  const auto listed = directory.list([&names](std::string_view name) {
    names.emplace_back(name);
    return true;
  });
  if (!listed) return explained(directory, listed.error());
  std::vector<std::string> files;
  for (std::string& name : names) {
    const auto facts = directory.stat(name);
    if (!facts) return explained(directory, facts.error());
    if (*facts && (*facts)->kind != FileKind::kDirectory) files.push_back(std::move(name));
  }
  return files;
}

/// False: this file cannot be renamed to there.
Result<bool> move_file(Directory& from, Directory& to, const std::string& name) {
  const auto moved = from.rename(name, to, name);
  if (!moved) return moved.error().os_code == EXDEV ? Result<bool>(false) : moved.error();
  if (*moved != Placed::kExists) return true;
  // Where a rename is a link and an unlink, a crash leaves both names.
  const auto same = same_contents(from, name, to, name);
  if (!same || !*same) return same;
  const auto gone = from.unlink(name);
  return gone ? Result<bool>(true) : Result<bool>(gone.error());
}

/// All files, and again what readers have put there meanwhile; then the emptied directory goes.
Result<bool> move_files(FolderTree& tree, const std::string& from, const std::string& to) {
  const auto source = tree.open(from);
  if (!source) return source.error();
  const auto target = tree.make(to);
  if (!target) return target.error();
  if (const auto durable = tree.flush(); !durable) return durable.error();
  while (*source) {
    const auto files = files_in(**source);
    if (!files) return files.error();
    if (files->empty()) break;
    for (const std::string& name : *files) {
      const auto moved = move_file(**source, **target, name);
      if (!moved) return tree.explained_move(from, to, moved.error());
      if (!*moved) return false;
    }
    tree.changed(to);
    tree.changed(from);
    if (const auto durable = tree.flush(); !durable) return durable.error();
  }
  if (!*source) return true;
  const std::size_t slash = from.rfind('/');
  const std::string parent_path = from.substr(0, slash);
  const auto parent = tree.open(parent_path);
  if (!parent) return parent.error();
  const auto gone = *parent ? (*parent)->remove_directory(from.substr(slash + 1)) : Done{};
  const int code = gone ? 0 : gone.error().os_code;
  const bool stays = code == ENOTEMPTY || code == EEXIST || code == EACCES || code == EPERM;
  if (code != 0 && code != ENOENT && !stays) return gone.error();
  tree.forget();
  tree.changed(parent_path);
  if (const auto durable = tree.flush(); !durable) return durable.error();
  return true;
}

}  // namespace

const std::string& moving_directory() { return kMoving; }

Result<bool> is_staged(FolderTree& tree, const std::string& part) {
  const auto staged = tree.open(below(kMoving, part));
  if (!staged) return staged.error();
  return *staged != nullptr;
}

Result<bool> stage(FolderTree& tree, const std::string& from, const std::string& part) {
  return move_files(tree, below(from, part), below(kMoving, part));
}

Result<bool> place_staged(FolderTree& tree, const std::string& to, const std::string& part) {
  const auto moving = tree.open(kMoving);
  if (!moving) return moving.error();
  const auto target = tree.open(to);
  if (!target) return target.error();
  if (!*moving || !*target) return false;
  const auto placed = (*moving)->rename(part, **target, part);
  if (!placed) return tree.explained_move(kMoving, to, placed.error());
  tree.forget();
  tree.changed(to);
  tree.changed(kMoving);
  if (const auto durable = tree.flush(); !durable) return durable.error();
  return *placed == Placed::kDone;
}

Result<Done> give_back(FolderTree& tree, const std::string& from, const std::string& part) {
  const auto back = move_files(tree, below(kMoving, part), below(from, part));
  if (!back) return back.error();
  if (!*back) {
    return store_error(below(kMoving, part) + ": not all of these files can be moved back to " +
                           printable_utf8(below(from, part)) +
                           ", where other files have their names. Move those away; until then this "
                           "mirror waits",
                       0, Remedy::kRetryLater);
  }
  return remove_staging(tree);
}

Result<Done> remove_staging(FolderTree& tree) {
  const auto own = tree.open(kStoreDirectory);
  if (!own) return own.error();
  if (!*own) return Done{};
  const auto gone = (*own)->remove_directory("moving");
  tree.forget();
  if (gone) tree.changed(kStoreDirectory);
  if (gone || gone.error().os_code == ENOENT || gone.error().os_code == ENOTEMPTY) return Done{};
  return gone;
}

Result<bool> files_left(FolderTree& tree, const std::string& part) {
  const auto moving = tree.open(kMoving);
  if (!moving) return moving.error();
  if (!*moving) return false;
  const auto gone = (*moving)->remove_directory(part);
  const int code = gone ? 0 : gone.error().os_code;
  if (code == ENOTEMPTY || code == EEXIST) return true;
  if (code != 0 && code != ENOENT) return gone.error();
  const auto removed = remove_staging(tree);
  return removed ? Result<bool>(false) : Result<bool>(removed.error());
}

Result<bool> only_directories(FolderTree& tree, const std::string& path) {
  const auto directory = tree.open(path);
  if (!directory) return directory.error();
  if (!*directory) return false;
  bool any = false;
  const auto listed = (*directory)->list([&any](std::string_view) {
    any = true;
    return false;
  });
  if (!listed) return explained(**directory, listed.error());
  if (!any) return false;
  const auto files = files_in(**directory);
  if (!files) return files.error();
  return files->empty();
}

}  // namespace imapkeep
