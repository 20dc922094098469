// Does the file system below a file write over the pages that it has? Where it copies them instead
// (btrfs, bcachefs, F2FS, NILFS2, ZFS), each write to a mapped page needs room anew, and on a full
// disk the answer to it is no error but SIGBUS: nothing there may be mapped that is written to
// (docs/decisions/0010-nothing-mapped-where-pages-are-copied.md).
#pragma once

#include <string>

namespace imapkeep {

/// `type`: statfs(2)'s f_type.
bool type_overwrites_in_place(unsigned long type);

/// Of the file system that holds `path`; true when it cannot be asked, as everywhere else the first
/// use of the file says what is wrong.
bool overwrites_in_place(const std::string& path);

}  // namespace imapkeep
