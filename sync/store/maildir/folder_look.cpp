#include "sync/store/maildir/folder_look.h"

#include <algorithm>
#include <utility>

#include "sync/store/maildir/folder_path.h"
#include "sync/store/maildir/in_the_way.h"

namespace imapkeep {
namespace {

// Coarser than a second: FAT keeps every other one.
constexpr std::int64_t kDateTolerance = 2;

constexpr const char* kCur = "cur";

FolderToken token_of(std::int64_t ns) {
  return ns == 0 ? FolderToken{} : FolderToken{std::to_string(ns)};
}

FolderToken token_of(const FileFacts& cur) {
  return token_of(cur.changed_ns != 0 ? cur.changed_ns : cur.mtime_ns);
}

}  // namespace

Result<FolderToken> cur_token(FolderTree& tree, const std::string& folder_path) {
  const auto folder = tree.open(folder_path);
  if (!folder) return folder.error();
  if (!*folder) return FolderToken{};
  const auto cur = (*folder)->stat("cur");
  if (!cur) return explained(**folder, cur.error());
  return *cur ? token_of(**cur) : FolderToken{};
}

Result<FolderToken> look_at_folder(FolderTree& tree, const std::string& folder_path,
                                   const FolderToken& known, Notes& notes) {
  const auto folder = tree.open(folder_path);
  if (!folder) return folder.error();
  bool all = *folder != nullptr;
  FolderToken token;
  for (const std::string part : {kCur, "new", "tmp"}) {
    const auto facts = all ? (*folder)->stat(part) : Result<std::optional<FileFacts>>(std::nullopt);
    if (!facts) return explained(**folder, facts.error());
    all = facts->has_value();
    if (!all) break;
    if ((*facts)->kind != FileKind::kDirectory) {
      const auto opened = tree.open(below(folder_path, part));
      if (!opened) return opened.error();
    }
    if (part != kCur) continue;
    if (token_of((*facts)->changed_ns).says_unchanged(known)) return known;
    token = token_of(**facts);
  }
  if (!all) {
    if (const auto made = tree.make_parts(folder_path); !made) return made.error();
    if (const auto durable = tree.flush(); !durable) return durable.error();
    notes.push_back(
        {LogLevel::kWarning,
         "store.directories_made_again",
         {{"folder", folder_path},
          {"meaning", "a copy without its empty directories, or somebody removed them"}}});
    return cur_token(tree, folder_path);
  }
  const auto ours = (*folder)->may_change("cur");
  if (!ours) return explained(**folder, ours.error());
  if (!*ours) return may_not_change((*folder)->path() + "/cur");
  return token;
}

Result<Done> look_at_modes(FolderTree& tree, Notes& notes) {
  constexpr std::uint32_t kEntered = 01;
  constexpr std::uint32_t kListed = 05;
  std::string path;
  for (const std::string& part :
       {std::string(), std::string(kInboxPath), below(kInboxPath, kCur)}) {
    const auto directory = tree.open(part);
    if (!directory || !*directory) return Done{};  // said by the next look at the folder
    const auto facts = (*directory)->stat_self();
    if (!facts) return facts.error();
    const std::uint32_t wanted = part.ends_with(kCur) ? kListed : kEntered;
    if ((facts->mode & wanted) != wanted) return Done{};
    if (part.empty()) path = (*directory)->path();
  }
  notes.push_back({LogLevel::kWarning,
                   "store.open_to_all",
                   {{"path", path},
                    {"meaning", "everybody on this machine can read this mail; chmod -R o-rwx " +
                                    path + " ends that"}}});
  return Done{};
}

void LookAtFiles::at(const StoredPlace& place, const std::optional<FoundFile>& found) {
  if (!found) return;
  if (!found->whole) {
    if (damaged_++ == 0) damaged_file_ = below(found->directory, found->file);
    return;
  }
  const std::int64_t off =
      found->mtime_ns / 1'000'000'000 - std::max<std::int64_t>(place.internal_date, 0);
  if (off > kDateTolerance || off < -kDateTolerance) set_date(place, *found);
}

/// A copy that lost the times. That it cannot be set is no reason to stop.
void LookAtFiles::set_date(const StoredPlace& place, const FoundFile& file) {
  const auto directory = tree_.open(file.directory);
  if (!directory || !*directory) return;
  const auto set =
      (*directory)->set_mtime(file.file, std::max<std::int64_t>(place.internal_date, 0));
  if (set) ++dated_;
}

void LookAtFiles::end() {
  if (damaged_ > 0) {
    notes_.push_back({LogLevel::kWarning,
                      "store.files_damaged",
                      {{"folder", folder_path_},
                       {"messages", std::to_string(damaged_)},
                       {"one", damaged_file_},
                       {"meaning",
                        "their size is not the one in their names; they are fetched "
                        "again, and moved to gone/ when that has succeeded"}}});
  }
  if (dated_ > 0) {
    notes_.push_back({LogLevel::kInfo,
                      "store.times_set_back",
                      {{"folder", folder_path_}, {"messages", std::to_string(dated_)}}});
  }
}

}  // namespace imapkeep
