// Files under our names that are not what their names say: shorter or longer than S, or no plain
// files. A look at cur/ finds them; the message counts as missing and is fetched again, and only
// when its new bytes are durable the damaged file is moved out of the way, into gone/ of that day
// under `damaged.` and its name, so that nothing is thrown away that somebody might still want to
// look at. It is compressed like mail, since it may look like mail to a reader; what is no plain
// file is moved as it is.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "daemon/base/clock.h"
#include "daemon/base/notes.h"
#include "sync/store/maildir/file_search.h"
#include "sync/store/maildir/kept_files.h"

namespace imapkeep {

/// No index: what was no plain file has been moved already, or was not there any more.
inline constexpr std::size_t kNotCompressed = static_cast<std::size_t>(-1);
/// Its index in `kept`, with which it leaves.
Result<std::size_t> set_aside(FolderTree& tree, KeptFiles& kept, const std::string& folder_path,
                              const FoundFile& file, WallTime now, Notes& notes);
/// Says where it went, once it has.
void note_set_aside(const KeptFiles::File& file, Notes& notes);

class DamagedFiles {
 public:
  /// What a look at cur/ said of this message.
  void looked_at(const StoredPlace& place, const SoughtFile& sought,
                 const std::optional<FoundFile>& found);
  /// The bytes of these have come again: what was found damaged is moved aside, unless it is whole
  /// by now. `place`: where it is compressed.
  Result<Done> make_way(FolderTree& tree, Directory& place, const std::vector<NewMessage>& coming,
                        WallTime now, Notes& notes);
  void clear() { files_.clear(); }

 private:
  struct Damaged {
    std::string folder_path;
    SoughtFile sought;
    FoundFile found;
  };
  /// Where it is now: under the name it was found under, without a listing for each, or by a search
  /// when a reader has renamed it since. Nothing when it is whole, or gone.
  static Result<std::optional<FoundFile>> still_damaged(FolderTree& tree, const Damaged& damaged);

  std::map<MessageKey, Damaged> files_;
};

}  // namespace imapkeep
