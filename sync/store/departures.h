// Messages leave the live tree: into the kept area, by day, or for good. The kept area's name is
// durable before the live one's absence is, so a power cut leaves two names and never none. A
// departure that a crash interrupted before the journal knew of it is simply done again: the file
// is then found in gone/.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/base/clock.h"
#include "sync/store/file_search.h"
#include "sync/store/folder_tree.h"
#include "sync/store/message_store.h"
#include "sync/store/notes.h"

namespace imapkeep {

class Departures {
 public:
  Departures(FolderTree& tree, std::string host, WallTime now, Notes& notes)
      : tree_(tree), host_(std::move(host)), now_(now), notes_(notes) {}

  struct Outcome {
    std::vector<GoneRecord> records;  ///< in the order of the departures; names are durable
    std::vector<FolderRefusal> refused;
  };
  Result<Outcome> carry_out(const std::vector<Departure>& departures);

 private:
  using Found = std::vector<std::optional<FoundFile>>;
  using Records = std::vector<std::optional<GoneRecord>>;
  /// Those of one folder, by their indices.
  Result<Done> carry_out(const std::vector<Departure>& departures, const std::string& path,
                         const std::vector<std::size_t>& indices, Records& records);
  /// Fills in what became of it.
  Result<Done> carry_out(const Departure& departure, const std::optional<FoundFile>& found,
                         const std::optional<FoundFile>& kept, GoneRecord& record);
  Result<Done> keep(const Departure& departure, const FoundFile& found, GoneRecord& record);
  Result<Done> lose(const Departure& departure, const FoundFile& damaged, GoneRecord& record);
  Result<bool> kept_before(const std::string& folder_path, const std::optional<FoundFile>& kept,
                           GoneRecord& record);
  Result<bool> copy_is_there(const Departure& departure, const std::optional<FoundFile>& copy);
  /// Where the same bytes are said to live on: one search of each folder for all. One answer for
  /// each index; nothing where that folder cannot be looked at.
  Result<Found> find_copies(const std::vector<Departure>& departures,
                            const std::vector<std::size_t>& indices);
  /// Of those that are not in the live tree any more, what lies in gone/: one search of each day.
  Result<Found> find_kept(const std::vector<Departure>& departures,
                          const std::vector<std::size_t>& indices, const Found& live);

  FolderTree& tree_;
  std::string host_;
  WallTime now_;
  Notes& notes_;
  std::vector<std::string> left_;  ///< directories that lost a name: flushed behind all others
};

/// Removes days of gone/ that are more than `days` days old; tells how many files.
Result<std::uint64_t> purge_kept(FolderTree& tree, int days, WallTime now, Notes& notes);

}  // namespace imapkeep
