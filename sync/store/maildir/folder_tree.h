// The directories below ROOT: opened by path and remembered for a while, made when missing, and
// fsynced together once a step has changed them. Paths are relative to ROOT, components separated
// by "/"; "" is ROOT itself. A few changed directories are fsynced one by one, in the order in
// which they were named; many at once by one syncfs.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "daemon/base/files.h"

namespace imapkeep {

/// From so many files or directories on, one syncfs is cheaper than an fsync for each.
inline constexpr std::size_t kSyncTogether = 8;

inline std::string below(std::string_view directory, std::string_view name) {
  std::string path(directory);
  if (!path.empty()) path += '/';
  return path.append(name);
}

class FolderTree {
 public:
  using Handle = std::shared_ptr<Directory>;

  /// Asks the file system whether it folds case.
  static Result<FolderTree> over(Directory& root);

  /// Null when it, or something on the way, is not there; an error of in_the_way.h when something
  /// else is.
  Result<Handle> open(const std::string& path);
  Result<Handle> make(const std::string& path);
  /// Makes a mail folder's cur, new and tmp, as far as they are missing; flush() makes them and
  /// everything above them durable.
  Result<Done> make_parts(const std::string& path);
  /// The path itself; where file names fold case, with another component for each that is there
  /// under another spelling. Makes nothing.
  Result<std::string> spelled(const std::string& path);
  /// Nothing when there is no such directory.
  Result<std::optional<bool>> is_empty(const std::string& path);
  /// Removes what is empty of cur, new, tmp, the folder and its parents; true when the folder is
  /// gone. INBOX stays, empty.
  Result<bool> remove_folder(const std::string& path);
  /// Removes the directory, then its parents, as far as they are empty.
  Result<bool> remove_emptied(const std::string& path);

  /// An error of in_the_way.h when names in this directory cannot be made and removed by us. One
  /// that is not there can.
  Result<Done> may_change(const std::string& path);
  /// What an error of moving a name from one directory into another means: without permission, the
  /// one that denies it is in the way.
  Error explained_move(const std::string& from, const std::string& to, const Error& error);

  /// Names have come or gone in this directory.
  void changed(const std::string& path);
  Result<Done> flush();
  /// The same ROOT, opened again.
  void attach(Directory& root) { root_ = &root; }
  /// Closes what is remembered: paths may lead elsewhere now.
  void forget() { open_.clear(); }

 private:
  FolderTree(Directory& root, bool folds_case) : root_(&root), folds_case_(folds_case) {}
  void remember(const std::string& path, const Handle& directory);
  Result<std::string> spelling(const std::string& parent, std::string_view component);

  Directory* root_;
  bool folds_case_;
  std::map<std::string, Handle> open_;
  std::vector<std::string> changed_;
  std::unordered_set<std::string> changed_before_;  ///< the same
};

}  // namespace imapkeep
