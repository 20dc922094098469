#include "sync/store/maildir/folder_rename.h"

#include <cerrno>

#include "sync/store/maildir/folder_path.h"
#include "sync/store/maildir/in_the_way.h"
#include "sync/store/maildir/moved_files.h"

namespace imapkeep {
namespace {

/// An empty directory of the same name makes way. False: the target is taken.
Result<bool> make_way(Directory& to, const std::string& part) {
  const auto cleared = to.remove_directory(part);
  if (cleared || cleared.error().os_code == ENOENT) return true;
  const int code = cleared.error().os_code;
  if (code == ENOTEMPTY || code == EEXIST || code == ENOTDIR) return false;
  return explained(to, cleared.error());
}

/// True: it is at `to`. False: it has stayed at `from`.
Result<bool> move_part(FolderTree& tree, const std::string& from, const std::string& to,
                       const std::string& part) {
  const auto source = tree.open(from);
  if (!source) return source.error();
  const auto target = tree.open(to);
  if (!target) return target.error();
  const auto staged = is_staged(tree, part);
  if (!staged) return staged.error();
  if (!*staged) {
    const auto there = *source ? (*source)->stat(part)
                               : Result<std::optional<FileFacts>>(std::optional<FileFacts>());
    if (!there) return explained(**source, there.error());
    if (!*there) return true;  // moved before
    const auto way = make_way(**target, part);
    if (!way) return way.error();
    if (!*way) return only_directories(tree, below(from, part));
    const auto moved = (*source)->rename(part, **target, part);
    if (moved) return *moved != Placed::kExists;
    if (moved.error().os_code != EXDEV) return tree.explained_move(from, to, moved.error());
  }
  const auto gathered = stage(tree, from, part);
  if (!gathered) return gathered.error();
  const auto way = *gathered ? make_way(**target, part) : Result<bool>(false);
  if (!way) return way.error();
  const auto placed = *way ? place_staged(tree, to, part) : Result<bool>(false);
  if (!placed || *placed) return placed;
  const auto back = give_back(tree, from, part);
  return back ? Result<bool>(false) : Result<bool>(back.error());
}

/// Whether one of them holds the receiving place, which stays where it is.
bool keeps_its_tmp(const std::string& from, const std::string& to) {
  return from == kInboxPath || to == kInboxPath;
}

/// False: cur/ is where it was. The error when it may have gone from there, with its files in
/// .imapkeep/moving or at the target.
Result<bool> has_stayed(FolderTree& tree, const std::string& from, const Error& why) {
  tree.forget();
  const auto staged = files_left(tree, "cur");
  if (!staged || *staged) return of_the_store(staged ? why : staged.error());
  const auto cur = tree.open(below(from, "cur"));
  if (!cur || !*cur) return of_the_store(cur ? why : cur.error());
  return false;
}

}  // namespace

Result<bool> carry_out_rename(FolderTree& tree, const std::string& from, const std::string& to) {
  if (from == to) return true;
  tree.forget();
  const auto target = tree.make(to);
  if (!target && is_in_the_way(target.error())) return has_stayed(tree, from, target.error());
  if (!target) return target.error();
  if (const auto durable = tree.flush(); !durable) return durable.error();
  for (const std::string part : {"cur", "new", "tmp"}) {
    if (part == "tmp" && keeps_its_tmp(from, to)) continue;
    const auto moved = move_part(tree, from, to, part);
    const bool blocked = !moved && is_in_the_way(moved.error());
    if (!moved && !blocked) return moved.error();
    if (part == "cur" && blocked) return has_stayed(tree, from, moved.error());
    if (part == "cur" && !*moved) return false;
    if (!blocked) continue;
    // The next rename, of another folder, would take what is left there for its own.
    const auto staged = files_left(tree, part);
    if (!staged || *staged) return of_the_store(staged ? moved.error() : staged.error());
  }
  tree.forget();
  tree.changed(to);
  tree.changed(from);
  // What lies in the way of the other two is said by the next look at the folder.
  const auto made = tree.make_parts(to);
  if (!made && !is_in_the_way(made.error())) return made.error();
  if (const auto durable = tree.flush(); !durable) return durable.error();
  if (to == kInboxPath) {
    const auto source = tree.open(from);
    // Files that are not ours stay there, as in a folder that is gone.
    if (source && *source) (void)(*source)->remove_directory("tmp");
  }
  if (const auto removed = tree.remove_emptied(from); !removed) return removed.error();
  if (const auto removed = remove_staging(tree); !removed) return removed.error();
  if (const auto durable = tree.flush(); !durable) return durable.error();
  return true;
}

}  // namespace imapkeep
