// After an interrupted writer there may be files in cur/ that no record claims, under letters that
// are not today's. A folder is listed once, when the first message comes for it, into a small
// filter (Bloom's) over the stems; only for stems that the filter may hold the folder is listed
// again. So the price is one or two listings per folder, and memory does not grow with the mailbox.
// It is paid until a pass has found nothing owed, be that by another process: only then every
// message has come again.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sync/store/folder_tree.h"
#include "sync/store/maildir_name.h"

namespace imapkeep {

class StemFilter {
 public:
  /// Made for so many stems, up to a megabyte; holding more only costs listings.
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
  /// `suspected`: there may be some. Otherwise nothing is ever listed.
  explicit Orphans(bool suspected) : suspected_(suspected) {}

  Result<NamesByStem> find(FolderTree& tree, const std::string& folder_path, std::string_view host,
                           const std::vector<MaildirStem>& wanted);
  /// Names of a condemned batch may have stayed behind.
  void suspect() {
    suspected_ = true;
    filters_.clear();
  }
  /// All that are still wanted have been adopted.
  void settle() {
    suspected_ = false;
    filters_.clear();
  }
  [[nodiscard]] bool suspected() const { return suspected_; }
  /// Paths mean other folders now.
  void forget() { filters_.clear(); }

 private:
  Result<Done> learn(Directory& cur, const std::string& folder_path);

  bool suspected_;
  std::map<std::string, StemFilter> filters_;
};

}  // namespace imapkeep
