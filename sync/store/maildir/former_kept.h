// Stores of before this format kept what had left in gone/<date>/<folder>/cur, as it was, so that
// mail readers showed it. When a store is opened such files are compressed and put where they lie
// now, each durably before its former name goes, so that a crash leaves both at most, and the next
// opening goes on. What there is no room for, or what cannot be read, is left, and said; mail is
// mirrored all the same.
#pragma once

#include "daemon/base/notes.h"
#include "sync/store/maildir/folder_tree.h"

namespace imapkeep {

/// `place`: where they are compressed (receiving_place.h).
void compress_former_kept(FolderTree& tree, Directory& place, std::uint64_t min_free, Notes& notes);

}  // namespace imapkeep
