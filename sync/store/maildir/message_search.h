// Where the bytes of messages are that records speak of: in the live tree, also under names that
// others have given them and where an interrupted rename has left them, or in the kept area. What
// costs a listing is done once for all that are sought in a folder. Nothing is changed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sync/journal/records.h"
#include "sync/store/maildir/file_search.h"
#include "sync/store/maildir/folder_tree.h"
#include "sync/store/maildir/stored_entry.h"
#include "sync/store/store_reader.h"

namespace imapkeep {

class MessageSearch {
 public:
  /// `host`: as it stands in file names. `renaming`: of the journal's end.
  MessageSearch(FolderTree& tree, std::string host, std::optional<FolderRenamingRecord> renaming)
      : tree_(tree), host_(std::move(host)), renaming_(std::move(renaming)) {}

  /// One answer for each, in order.
  std::vector<Result<StoredEntry>> find(const std::vector<SoughtMessage>& messages);

 private:
  /// One that is sought, and what has been found of it.
  struct Search {
    const SoughtMessage* message = nullptr;
    SoughtFile file;
    std::optional<StoredEntry> entry{};
    std::optional<Error> failed{};  ///< a place where it may be could not be looked at
  };
  using Group = std::vector<Search*>;  ///< of one folder, not found yet

  /// Those whose message has not been found whole.
  static Group open_ones(const Group& group);
  static void fail(const Group& group, const Error& why);
  void find_live(const std::string& path, const Group& group);
  /// `root`: the directory in which cur/ and new/ are.
  void find_live_in(const std::string& root, const std::string& path, const Group& group);
  void find_kept(const std::string& path, const Group& group);
  /// Where its record says that it is kept.
  void find_as_recorded(Search& search);
  void find_kept_in(const std::string& directory, const std::string& path, const std::string& day,
                    const Group& group);
  /// Whether there is such a file. `day`: of the kept area.
  bool take(Search& search, const FilePlace& at, const std::string& folder_path,
            const std::string& day);
  [[nodiscard]] Error not_found(const Search& search) const;

  FolderTree& tree_;
  std::string host_;
  std::optional<FolderRenamingRecord> renaming_;
};

}  // namespace imapkeep
