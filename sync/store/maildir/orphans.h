// After an interrupted writer there may be files in cur/ that no record claims, under letters that
// are not today's. A folder is listed once, when the first message comes for it, into a small
// filter (Bloom's) over the stems; only for stems that the filter may hold the folder is listed
// again. So the price is one or two listings per folder, and memory does not grow with the mailbox.
// It is paid until a pass has found the folder whole, be that by another process: only then every
// message that is wanted has come again.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "sync/store/maildir/folder_tree.h"
#include "sync/store/maildir/maildir_name.h"

namespace imapkeep {

class StemFilter {
 public:
  /// Made for so many stems, up to eight megabytes; holding more only costs listings.
  explicit StemFilter(std::uint64_t stems);
  void add(const MaildirStem& stem);
  [[nodiscard]] bool may_hold(const MaildirStem& stem) const;
  [[nodiscard]] std::size_t bytes() const { return bits_.size() * sizeof(std::uint64_t); }

 private:
  std::vector<std::uint64_t> bits_;
};

/// The files of one folder whose stems were asked for: stem → number → file name.
using NamesByStem = std::map<MaildirStem, std::map<std::uint32_t, std::string>>;

class Orphans {
 public:
  /// The folders (paths) in which they may be, "" for anywhere. Others are never listed.
  explicit Orphans(const std::vector<std::string>& in) : suspected_(in.begin(), in.end()) {}

  Result<NamesByStem> find(FolderTree& tree, const std::string& folder_path, std::string_view host,
                           const std::vector<MaildirStem>& wanted);
  /// A condemned batch may have left a name there. "": anywhere.
  void suspect(const std::string& folder_path);
  /// What is still wanted of them is in these folders or nowhere.
  void adoption_is_over(const std::set<std::string>& maybe_unclaimed);
  /// A folder has another path.
  void moved(const std::string& from_path, const std::string& path);
  /// As the constructor takes it.
  [[nodiscard]] std::vector<std::string> suspected() const;

 private:
  Result<Done> learn(Directory& cur, const std::string& folder_path);
  void drop_filters();
  [[nodiscard]] bool suspects(const std::string& folder_path) const {
    return suspected_.contains("") || suspected_.contains(folder_path);
  }

  std::set<std::string> suspected_;
  std::map<std::string, StemFilter> filters_;
  std::size_t filter_bytes_ = 0;
};

}  // namespace imapkeep
