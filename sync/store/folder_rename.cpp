#include "sync/store/folder_rename.h"

#include <array>
#include <cerrno>

namespace imapkeep {
namespace {

Error occupied(const std::string& from, const std::string& to) {
  return store_error("folder " + from + " cannot become " + to +
                         ": that folder already holds mail which no record claims; move it away, "
                         "or leave it and the folder is stored anew",
                     0, Remedy::kSkipMessage);
}

Result<bool> is_empty(FolderTree& tree, const std::string& path) {
  const auto directory = tree.open(path);
  if (!directory) return directory.error();
  bool empty = true;
  if (!*directory) return empty;
  const auto listed = (*directory)->list([&empty](std::string_view) { return empty = false; });
  if (!listed) return listed.error();
  return empty;
}

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

Result<Done> check_rename(FolderTree& tree, const std::string& from, const std::string& to) {
  const auto source = tree.open(below(from, "cur"));
  if (!source) return source.error();
  if (!*source) return Done{};
  const auto empty = is_empty(tree, below(to, "cur"));
  if (!empty) return empty.error();
  return *empty ? Result<Done>(Done{}) : Result<Done>(occupied(from, to));
}

Result<Done> carry_out_rename(FolderTree& tree, const std::string& from, const std::string& to) {
  const auto target = tree.make(to);
  if (!target) return target.error();
  if (const auto durable = tree.flush(); !durable) return durable;
  const auto source = tree.open(from);
  if (!source) return source.error();
  if (*source) {
    for (const char* part : {"cur", "new", "tmp"}) {
      bool stays = false;
      const auto moved = move_part(**source, **target, part, stays);
      if (!moved) return moved;
      if (stays && std::string_view(part) == "cur") return occupied(from, to);
    }
  }
  tree.forget();
  tree.changed(to);
  tree.changed(from);
  if (const auto made = tree.make_parts(to); !made) return made;
  if (const auto durable = tree.flush(); !durable) return durable;
  if (const auto removed = tree.remove_emptied(from); !removed) return removed.error();
  return tree.flush();
}

}  // namespace imapkeep
