#include "sync/store/maildir/folder_tree.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "sync/store/maildir/folder_path.h"
#include "sync/store/maildir/in_the_way.h"
#include "sync/store/maildir/store_identity.h"

namespace imapkeep {
namespace {

constexpr std::size_t kRemembered = 64;
constexpr std::array kMaildirParts{"cur", "new", "tmp"};

std::pair<std::string, std::string> split_last(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {"", path};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

/// Something is in it, or it is no directory, or nobody may change it.
bool stays(const Error& error) {
  const int code = error.os_code;
  return code == ENOTEMPTY || code == EEXIST || code == ENOTDIR || code == EACCES ||
         code == EPERM || code == EBUSY;
}

/// The root directory lives as long as the store; its handle owns nothing.
FolderTree::Handle borrowed(Directory& directory) {
  return FolderTree::Handle(FolderTree::Handle(), &directory);
}

}  // namespace

Result<FolderTree> FolderTree::over(Directory& root) {
  const auto shouted = root.stat(".IMAPKEEP");
  if (!shouted) return shouted.error();
  if (!*shouted) return FolderTree(root, false);
  const auto own = root.stat(kStoreDirectory);
  if (!own) return own.error();
  return FolderTree(root, *own && (*own)->inode == (*shouted)->inode);
}

void FolderTree::remember(const std::string& path, const Handle& directory) {
  if (open_.size() >= kRemembered) open_.clear();
  open_[path] = directory;
}

Result<FolderTree::Handle> FolderTree::open(const std::string& path) {
  if (path.empty()) return borrowed(*root_);
  if (const auto found = open_.find(path); found != open_.end()) return found->second;
  const auto [parent_path, name] = split_last(path);
  const auto parent = open(parent_path);
  if (!parent || !*parent) return parent;
  auto directory = (*parent)->open(name);
  if (!directory && directory.error().os_code == ENOENT) return Handle();
  if (!directory) return explained(**parent, name, directory.error());
  const Handle handle = std::move(*directory);
  remember(path, handle);
  return handle;
}

Result<FolderTree::Handle> FolderTree::make(const std::string& path) {
  const auto there = open(path);
  if (!there || *there) return there;
  const auto [parent_path, name] = split_last(path);
  const auto parent = make(parent_path);
  if (!parent) return parent;
  auto directory = (*parent)->make(name);
  if (!directory) return explained(**parent, name, directory.error());
  changed(parent_path);
  const Handle handle = std::move(*directory);
  remember(path, handle);
  return handle;
}

// Where file names fold case a component may be there under another spelling, as another mailbox.
Result<std::string> FolderTree::spelling(const std::string& parent_path,
                                         std::string_view component) {
  std::string candidate(component);
  const auto parent = open(parent_path);
  if (!parent) return parent.error();
  for (unsigned n = 2; *parent; ++n) {
    const auto facts = (*parent)->stat(candidate);
    if (!facts) return explained(**parent, facts.error());
    if (!*facts) break;
    bool exact = false;
    const auto listed = (*parent)->list([&exact, &candidate](std::string_view name) {
      exact = name == candidate;
      return !exact;
    });
    if (!listed) return explained(**parent, listed.error());
    if (exact) break;
    candidate = folded_component(component, n);
  }
  return candidate;
}

Result<std::string> FolderTree::spelled(const std::string& path) {
  if (!folds_case_) return path;
  std::string actual;
  for (std::size_t start = 0; start <= path.size();) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    const auto component = spelling(actual, std::string_view(path).substr(start, end - start));
    if (!component) return component;
    actual = below(actual, *component);
    start = end + 1;
  }
  return actual;
}

Result<std::optional<bool>> FolderTree::is_empty(const std::string& path) {
  const auto directory = open(path);
  if (!directory) return directory.error();
  if (!*directory) return std::optional<bool>();
  bool empty = true;
  const auto listed = (*directory)->list([&empty](std::string_view) { return empty = false; });
  if (!listed) return explained(**directory, listed.error());
  return std::optional<bool>(empty);
}

Result<Done> FolderTree::make_parts(const std::string& path) {
  for (const char* part : kMaildirParts) {
    if (const auto made = make(below(path, part)); !made) return made.error();
  }
  // What was there already may have been made by a process that died before its fsync.
  changed("");
  for (std::size_t end = path.find('/'); end != std::string::npos; end = path.find('/', end + 1)) {
    changed(path.substr(0, end));
  }
  changed(path);
  return Done{};
}

Result<bool> FolderTree::remove_emptied(const std::string& path) {
  forget();
  bool removed = false;
  for (std::string at = path; !at.empty(); at = split_last(at).first) {
    const auto [parent_path, name] = split_last(at);
    const auto parent = open(parent_path);
    if (!parent) return parent.error();
    if (!*parent) continue;
    const auto gone = (*parent)->remove_directory(name);
    if (!gone && stays(gone.error())) return removed;
    if (!gone && gone.error().os_code != ENOENT) return gone.error();
    forget();
    changed(parent_path);  // also when a dead process has removed it
    removed = removed || gone;
  }
  return removed;
}

Result<bool> FolderTree::remove_folder(const std::string& path) {
  forget();
  // Everything is received there, whether the server has an INBOX or not.
  if (path == kInboxPath) {
    const auto empty = is_empty(below(path, "cur"));
    return empty ? Result<bool>(empty->value_or(true)) : empty.error();
  }
  const auto folder = open(path);
  if (!folder) return folder.error();
  if (!*folder) {
    const auto proven = remove_emptied(path);
    return proven ? Result<bool>(true) : proven;
  }
  for (const char* part : kMaildirParts) {
    const auto gone = (*folder)->remove_directory(part);
    if (gone || gone.error().os_code == ENOENT || stays(gone.error())) continue;
    return gone.error();
  }
  changed(path);
  return remove_emptied(path);
}

Result<Done> FolderTree::may_change(const std::string& path) {
  const auto directory = open(path);
  if (!directory) return directory.error();
  if (!*directory) return Done{};
  const auto [parent_path, name] = split_last(path);
  const auto parent = open(parent_path);
  if (!parent || !*parent) return parent ? Result<Done>(Done{}) : parent.error();
  const auto ours = (*parent)->may_change(name);
  if (!ours) return explained(**parent, ours.error());
  return *ours ? Result<Done>(Done{}) : may_not_change((*directory)->path());
}

Error FolderTree::explained_move(const std::string& from, const std::string& to,
                                 const Error& error) {
  for (const std::string& path : {to, from}) {
    const auto ours = may_change(path);
    const auto directory = !ours || path == from ? open(path) : Result<Handle>(Handle());
    if (directory && *directory) return explained(**directory, error);
  }
  return error;
}

void FolderTree::changed(const std::string& path) {
  if (changed_before_.insert(path).second) changed_.push_back(path);
}

Result<Done> FolderTree::flush() {
  const std::vector<std::string> paths = std::exchange(changed_, {});
  changed_before_.clear();
  if (paths.size() >= kSyncTogether) return root_->sync_file_system();
  for (const std::string& path : paths) {
    const auto directory = open(path);
    if (!directory) return directory.error();
    if (!*directory) continue;  // removed since
    if (const auto synced = (*directory)->sync(); !synced) return synced;
  }
  return Done{};
}

}  // namespace imapkeep
