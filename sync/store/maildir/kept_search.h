// Looking for messages in the kept area (docs/storage.md §5): which days there are, and what is
// kept there under which base. Earlier versions kept files as they were, one directory deeper, in
// cur, new and tmp; a store that nobody has written to since still has them so.
#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sync/store/maildir/folder_tree.h"

namespace imapkeep {

inline constexpr const char* kGoneDirectory = ".imapkeep/gone";
inline constexpr std::array<std::string_view, 3> kFormerParts{"cur", "new", "tmp"};
/// Before the name of a file that was no message.
inline constexpr std::string_view kDamagedPrefix = "damaged.";

/// As the days of gone/ are called: 2026-11-23.
inline bool is_day(std::string_view name) {
  return name.size() == 10 && name[4] == '-' && name[7] == '-';
}

/// All that there are, the newest first.
Result<std::vector<std::string>> kept_days(FolderTree& tree);

/// Whether a directory below gone/ is one of the former kind, whose files are not compressed.
bool is_former_part(std::string_view directory);

/// By base: which of those that are sought.
using KeptBases = std::map<std::string, std::size_t>;
/// Names of files that are kept in this directory under one of these bases.
Result<std::vector<std::pair<std::size_t, std::string>>> kept_names(Directory& directory,
                                                                    bool former,
                                                                    const KeptBases& wanted);

}  // namespace imapkeep
