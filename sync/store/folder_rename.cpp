#include "sync/store/folder_rename.h"

#include <cerrno>

namespace imapkeep {
namespace {

/// An empty directory of the same name makes way.
Result<Done> move_part(Directory& from, Directory& to, const std::string& part, bool& stays) {
  const auto there = from.stat(part);
  if (!there) return there.error();
  if (!*there) return Done{};  // moved before
  const auto cleared = to.remove_directory(part);
  if (!cleared && (cleared.error().os_code == ENOTEMPTY || cleared.error().os_code == EEXIST)) {
    stays = true;
    return Done{};
  }
  if (!cleared && cleared.error().os_code != ENOENT) return cleared;
  const auto moved = from.rename(part, to, part);
  if (!moved) return moved.error();
  if (*moved == Placed::kExists) stays = true;
  return Done{};
}

}  // namespace

Result<bool> carry_out_rename(FolderTree& tree, const std::string& from, const std::string& to) {
  if (from == to) return true;
  const auto target = tree.make(to);
  if (!target) return target.error();
  if (const auto durable = tree.flush(); !durable) return durable.error();
  const auto source = tree.open(from);
  if (!source) return source.error();
  if (*source) {
    for (const char* part : {"cur", "new", "tmp"}) {
      bool stays = false;
      const auto moved = move_part(**source, **target, part, stays);
      if (!moved) return moved.error();
      if (stays && std::string_view(part) == "cur") return false;
    }
  }
  tree.forget();
  tree.changed(to);
  tree.changed(from);
  if (const auto made = tree.make_parts(to); !made) return made.error();
  if (const auto durable = tree.flush(); !durable) return durable.error();
  if (const auto removed = tree.remove_emptied(from); !removed) return removed.error();
  if (const auto durable = tree.flush(); !durable) return durable.error();
  return true;
}

}  // namespace imapkeep
