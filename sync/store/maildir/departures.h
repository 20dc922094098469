// Messages leave the live tree: into the kept area, by day, or for good. What is kept is durable
// there before its live name goes, so a crash leaves both and never none. A departure that a crash
// interrupted before the journal knew of it is simply done again, since gone/ is searched for what
// lies there already: a message is kept once, under the day on which it left last.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/base/clock.h"
#include "daemon/base/notes.h"
#include "sync/store/maildir/file_search.h"
#include "sync/store/maildir/kept_files.h"
#include "sync/store/maildir/maildir_parts.h"
#include "sync/store/message_store.h"

namespace imapkeep {

class Departures {
 public:
  Departures(MaildirParts& parts, WallTime now, Notes& notes)
      : tree_(parts.tree),
        host_(parts.host),
        now_(now),
        notes_(notes),
        kept_(parts.tree, *parts.tmp, KeptFiles::Taken::kNext, parts.min_free) {}

  struct Outcome {
    std::vector<GoneRecord> records;  ///< in the order of the departures; names are durable
    std::vector<FolderRefusal> refused;
  };
  Result<Outcome> carry_out(const std::vector<Departure>& departures);

 private:
  using Found = std::vector<std::optional<FoundFile>>;
  using Records = std::vector<std::optional<GoneRecord>>;
  /// One of gone/'s.
  struct Kept {
    std::string directory;  ///< below gone/
    std::string name;
  };
  /// The record waits until its file is in gone/.
  struct Leaving {
    std::size_t departure = 0;
    std::size_t file = 0;  ///< in kept_
    GoneRecord record;
    bool is_message = true;  ///< else a damaged file, of which no record speaks
  };
  /// Those of one folder, by their indices.
  Result<Done> carry_out(const std::vector<Departure>& departures, const std::string& path,
                         const std::vector<std::size_t>& indices, Records& records);
  /// The record that is to be written now; nothing when it waits in leaving_.
  Result<std::optional<GoneRecord>> carry_out(std::size_t index, const Departure& departure,
                                              const std::optional<FoundFile>& found,
                                              const std::optional<Kept>& kept);
  Result<Done> keep(std::size_t index, const Departure& departure, const FoundFile& found,
                    const std::optional<Kept>& kept);
  Result<Done> lose(std::size_t index, const Departure& departure, const FoundFile& damaged);
  Result<Done> prove(const Kept& kept);
  /// Everything that waits in leaving_ leaves, or is refused.
  Result<Done> finish(const std::vector<Departure>& departures, Records& records, Outcome& outcome);
  Result<bool> copy_is_there(const Departure& departure, const std::optional<FoundFile>& copy);
  /// Where the same bytes are said to live on: one search of each folder for all. One answer for
  /// each index; nothing where that folder cannot be looked at.
  Result<Found> find_copies(const std::vector<Departure>& departures,
                            const std::vector<std::size_t>& indices);
  /// What of them lies in gone/ already, as it is in the live tree: one search of each day.
  Result<std::vector<std::optional<Kept>>> find_kept(const std::vector<Departure>& departures,
                                                     const std::vector<std::size_t>& indices,
                                                     const Found& live);
  Result<bool> is_kept_as(const Kept& kept, const StoredPlace& place,
                          const std::optional<FoundFile>& live);

  FolderTree& tree_;
  std::string host_;
  WallTime now_;
  Notes& notes_;
  KeptFiles kept_;
  std::vector<Leaving> leaving_;
  std::vector<std::string> left_;  ///< directories that lost a name: flushed behind all others
};

/// Removes days of gone/ that are more than `days` days old; tells how many files.
Result<std::uint64_t> purge_kept(FolderTree& tree, int days, WallTime now, Notes& notes);

}  // namespace imapkeep
