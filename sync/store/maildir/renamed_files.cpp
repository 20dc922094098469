#include "sync/store/maildir/renamed_files.h"

#include <unordered_map>
#include <utility>

#include "sync/store/maildir/in_the_way.h"
#include "sync/store/maildir/maildir_name.h"

namespace imapkeep {
namespace {

/// A host has no comma in a name.
std::string start_of(std::string_view file) {
  return std::string(file.substr(0, file.find_first_of(",:")));
}

std::string letters_of_name(std::string_view file) {
  const std::size_t info = file.find(":2,");
  return info == std::string_view::npos ? "" : std::string(file.substr(info + 3));
}

Result<bool> holds(Directory& cur, const std::string& name, const StoredPlace& place) {
  const auto facts = cur.stat(name);
  if (!facts) return facts.error();
  if (!*facts || (*facts)->kind != FileKind::kFile || (*facts)->size != place.size) return false;
  const auto file = cur.read(name);
  return file ? is_message(**file, place.size, place.xxh3) : Result<bool>(file.error());
}

}  // namespace

Result<std::vector<std::pair<std::size_t, std::string>>> find_renamed_files(
    FolderTree& tree, const std::string& folder_path, const std::vector<StoredPlace>& places,
    const std::vector<SoughtFile>& sought, const std::vector<std::optional<FoundFile>>& found) {
  std::vector<std::pair<std::size_t, std::string>> ours;
  std::unordered_map<std::string, std::size_t> missing;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (!found[i]) missing.emplace(start_of(sought[i].base), i);
  }
  if (missing.empty()) return ours;
  const auto cur = tree.open(below(folder_path, "cur"));
  if (!cur) return cur.error();
  if (!*cur) return ours;
  std::vector<std::pair<std::size_t, std::string>> renamed;
  const auto listed = (*cur)->list([&](std::string_view file) {
    const auto one = missing.find(start_of(file));
    if (one != missing.end()) renamed.emplace_back(one->second, file);
    return true;
  });
  if (!listed) return explained(**cur, listed.error());
  for (auto& [i, file] : renamed) {
    if (!missing.contains(start_of(file))) continue;
    const auto same = holds(**cur, file, places[i]);
    if (!same || !*same) continue;  // one that cannot be read is fetched again
    missing.erase(start_of(file));
    ours.emplace_back(i, std::move(file));
  }
  return ours;
}

Result<Done> take_back_names(FolderTree& tree, const std::string& folder_path,
                             const std::vector<StoredPlace>& places,
                             const std::vector<SoughtFile>& sought,
                             std::vector<std::optional<FoundFile>>& found, Notes& notes) {
  const auto renamed = find_renamed_files(tree, folder_path, places, sought, found);
  if (!renamed) return renamed.error();
  if (renamed->empty()) return Done{};
  const std::string cur_path = below(folder_path, "cur");
  const auto cur = tree.open(cur_path);
  if (!cur) return cur.error();
  if (!*cur) return Done{};
  std::size_t taken_back = 0;
  for (const auto& [i, file] : *renamed) {
    const std::string name = maildir_file(sought[i].base, letters_of_name(file));
    const auto back = (*cur)->rename(file, **cur, name);
    if (!back || *back != Placed::kDone) continue;
    const auto facts = (*cur)->stat(name);
    if (!facts || !*facts) continue;
    found[i] = FoundFile{cur_path, name, true, (*facts)->mtime_ns};
    ++taken_back;
  }
  if (taken_back == 0) return Done{};
  notes.push_back({LogLevel::kInfo,
                   "store.names_taken_back",
                   {{"folder", folder_path},
                    {"messages", std::to_string(taken_back)},
                    {"meaning",
                     "another program had renamed these files; they have the same bytes "
                     "and have their names again"}}});
  tree.changed(cur_path);
  return tree.flush();
}

}  // namespace imapkeep
