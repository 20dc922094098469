#include "sync/store/maildir/folder_listing.h"

#include <algorithm>
#include <set>
#include <utility>

#include "sync/store/maildir/in_the_way.h"
#include "sync/store/maildir/kept_search.h"
#include "sync/store/maildir/moved_files.h"
#include "sync/store/maildir/stored_entry.h"

namespace imapkeep {
namespace {

/// The folders below a directory, by their paths from `top` on. In the kept area a directory is one
/// when files lie in it, too.
Result<Done> walk(FolderTree& tree, const std::string& top, const std::string& path, bool kept,
                  std::set<std::string>& found) {
  const std::string at = path.empty() ? top : below(top, path);
  const auto directory = tree.open(at);
  if (!directory && !path.empty() && is_in_the_way(directory.error())) {
    found.insert(path);  // whoever lists it is told what is in the way
    return Done{};
  }
  if (!directory) return directory.error();
  if (!*directory) return Done{};
  std::vector<std::string> inner;
  const auto listed = (*directory)->list([&](std::string_view name) {
    if (!name.starts_with('.')) inner.emplace_back(name);
    return true;
  });
  if (!listed) return explained(**directory, listed.error());
  for (const std::string& name : inner) {
    const auto facts = (*directory)->stat(name);
    if (!facts) return explained(**directory, facts.error());
    const bool is_directory = *facts && (*facts)->kind == FileKind::kDirectory;
    if (is_former_part(name) || (kept && *facts && !is_directory)) {
      if (is_directory || kept) found.insert(path);
    } else if (is_directory) {
      const auto walked = walk(tree, top, path.empty() ? name : below(path, name), kept, found);
      if (!walked) return walked;
    }
  }
  return Done{};
}

}  // namespace

Result<std::vector<std::string>> list_folders(FolderTree& tree, StoreArea area) {
  std::set<std::string> found;
  if (area == StoreArea::kLive) {
    if (const auto walked = walk(tree, "", "", false, found); !walked) return walked.error();
  } else {
    const auto days = kept_days(tree);
    if (!days) return days.error();
    for (const std::string& day : *days) {
      const auto walked = walk(tree, below(kGoneDirectory, day), "", true, found);
      if (!walked) return walked.error();
    }
  }
  found.erase("");
  return std::vector<std::string>(found.begin(), found.end());
}

Result<Done> FolderListing::begin(FolderTree& tree, bool moving) {
  begun_ = true;
  if (area_ == StoreArea::kLive) {
    for (const char* part : {"cur", "new"}) {
      left_.push_back({below(folder_path_, part), ""});
      if (moving) left_.push_back({below(moving_directory(), part), ""});
    }
    return Done{};
  }
  const auto days = kept_days(tree);
  if (!days) return days.error();
  for (auto day = days->rbegin(); day != days->rend(); ++day) {
    const std::string directory = below(below(kGoneDirectory, *day), folder_path_);
    left_.push_back({directory, *day});
    for (const std::string_view part : kFormerParts)
      left_.push_back({below(directory, part), *day});
  }
  return Done{};
}

Result<bool> FolderListing::open_next(FolderTree& tree) {
  names_.reset();
  while (!left_.empty()) {
    part_ = std::move(left_.front());
    left_.pop_front();
    auto directory = tree.open(part_.directory);
    if (!directory) return directory.error();
    if (!*directory) continue;
    directory_ = std::move(*directory);
    auto names = directory_->names();
    if (!names) return explained(*directory_, names.error());
    names_ = std::move(*names);
    return true;
  }
  directory_.reset();
  return false;
}

Result<Done> FolderListing::add(std::string_view name, std::string_view host,
                                std::vector<StoredEntry>& entries) {
  const auto facts = directory_->stat(std::string(name));
  if (!facts) return explained(*directory_, facts.error());
  if (!*facts) return Done{};  // renamed or removed this moment
  StoredEntry entry =
      entry_of({part_.directory, std::string(name)}, **facts, folder_path_, part_.day, host);
  // In the kept area they are of folders below this one.
  const bool is_directory = (*facts)->kind == FileKind::kDirectory;
  if (is_directory && !part_.day.empty() && entry.kind == StoredEntry::Kind::kForeign)
    return Done{};
  entries.push_back(std::move(entry));
  return Done{};
}

Result<std::vector<StoredEntry>> FolderListing::next(FolderTree& tree, std::size_t most,
                                                     std::string_view host, bool moving) {
  if (!begun_) {
    if (const auto ready = begin(tree, moving); !ready) return ready.error();
  }
  std::vector<StoredEntry> entries;
  while (entries.size() < most) {
    if (!names_) {
      const auto more = open_next(tree);
      if (!more) return more.error();
      if (!*more) break;
    }
    const auto name = names_->next();
    if (!name) return explained(*directory_, name.error());
    if (!*name) {
      names_.reset();
      continue;
    }
    if (const auto added = add(**name, host, entries); !added) return added.error();
  }
  return entries;
}

}  // namespace imapkeep
