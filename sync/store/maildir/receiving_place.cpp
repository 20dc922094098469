#include "sync/store/maildir/receiving_place.h"

#include <algorithm>
#include <cerrno>
#include <vector>

#include "sync/store/maildir/folder_path.h"
#include "sync/store/maildir/in_the_way.h"

namespace imapkeep {
namespace {

constexpr std::string_view kOurs = "imapkeep.";
constexpr const char* kFormer = "tmp";  // below .imapkeep

Result<std::unique_ptr<Directory>> make_below(Directory& parent, const std::string& name) {
  auto made = parent.make(name);
  return made ? std::move(made) : explained(parent, name, made.error());
}

struct InboxTmp {
  std::unique_ptr<Directory> directory;
  bool ours = false;  ///< it can be changed
};

Result<InboxTmp> open_inbox_tmp(Directory& root) {
  const auto inbox = make_below(root, std::string(kInboxPath));
  if (!inbox) return inbox.error();
  auto tmp = make_below(**inbox, "tmp");
  if (!tmp) return tmp.error();
  const auto ours = (*inbox)->may_change("tmp");
  if (!ours) return explained(**inbox, ours.error());
  return InboxTmp{std::move(*tmp), *ours};
}

/// Whose names begin so.
Result<Done> remove_files(Directory& directory, std::string_view start, Notes& notes) {
  std::vector<std::string> names;
  const auto listed = directory.list([&](std::string_view name) {
    if (name.starts_with(start)) names.emplace_back(name);
    return true;
  });
  if (!listed) return listed;
  for (const std::string& name : names) {
    const auto gone = directory.unlink(name);
    if (gone) continue;
    // A directory is not ours and harms nobody.
    if (gone.error().os_code != EISDIR) return gone.error();
    notes.push_back({LogLevel::kInfo, "store.not_ours", {{"path", directory.path() + "/" + name}}});
  }
  return Done{};
}

}  // namespace

std::string receiving_name(std::string_view what) { return std::string(kOurs).append(what); }

Result<Placed> name_received(Directory& place, const std::string& file, std::int64_t unix_seconds,
                             Directory& to, const std::string& name) {
  const auto dated = place.set_mtime(file, std::max<std::int64_t>(unix_seconds, 0));
  if (!dated && dated.error().os_code == ENOENT) return Placed::kMissing;
  if (!dated) return dated.error();
  return place.rename(file, to, name);
}

Result<std::unique_ptr<Directory>> open_receiving_place(Directory& root, Directory& own) {
  auto place = open_inbox_tmp(root);
  if (!place && !is_in_the_way(place.error())) return place.error();
  if (place && place->ours) return std::move(place->directory);
  // What lies there is said by the next look at the folder.
  auto former = own.make(kFormer);
  if (former || !place) return former;
  return std::move(place->directory);  // nothing can be changed; nothing may have to be
}

Result<Done> complete_inbox(FolderTree& tree) {
  for (const char* part : {"cur", "new"}) {
    const auto there = tree.open(below(kInboxPath, part));
    if (there && *there) continue;
    const auto made = there ? tree.make_parts(std::string(kInboxPath)) : there.error();
    if (!made && is_in_the_way(made.error())) return Done{};
    return made ? tree.flush() : made;
  }
  return Done{};
}

Result<Done> empty_receiving_place(Directory& place, Notes& notes) {
  return remove_files(place, kOurs, notes);
}

void remove_former_place(Directory& own, Directory& place, Notes& notes) {
  const auto there = own.stat(kFormer);
  if (!there || !*there || (*there)->kind != FileKind::kDirectory) return;
  const auto former = own.open(kFormer);
  if (!former) return;  // not ours any more, and empty of us
  const auto same = is_same_place(**former, place);
  if (!same) return;
  const auto done = [&]() -> Result<Done> {
    if (const auto emptied = remove_files(**former, "", notes); !emptied) return emptied;
    if (*same) return Done{};
    const auto gone = own.remove_directory(kFormer);
    if (gone) return own.sync();
    const int code = gone.error().os_code;
    return code == ENOTEMPTY || code == EEXIST ? Done{} : gone;
  }();
  if (done) return;
  notes.push_back(
      {LogLevel::kWarning, "store.in_the_way", {{"why", explained(**former, done.error()).what}}});
}

Result<bool> is_same_place(Directory& one, Directory& other) {
  const auto first = one.stat_self();
  if (!first) return first.error();
  const auto second = other.stat_self();
  if (!second) return second.error();
  return first->inode == second->inode && first->device == second->device;
}

}  // namespace imapkeep
