// Is the store that was opened the one that the ledger remembers, or a copy of it? A copy has other
// inodes and other times of birth; a disk that was copied file by file has another UUID. A device
// number says nothing: it changes with every boot. Nor does an inode alone: a file system that
// knows neither of the others (FUSE: sshfs) may number its files anew each time that it is mounted,
// and even while it is.
#pragma once

#include "daemon/base/files.h"

namespace imapkeep {

/// Of store.json, then and now. What one of them does not know is no sign.
inline bool is_copy(const FileOrigin& remembered, const FileOrigin& now) {
  const auto differ = [](const auto& a, const auto& b, const auto& unknown) {
    return a != unknown && b != unknown && a != b;
  };
  const auto is_numbered = [](const FileOrigin& origin) {
    return origin.born_ns != 0 || !origin.file_system.empty();
  };
  const bool inodes_count = is_numbered(remembered) || is_numbered(now);
  return (inodes_count && differ(remembered.inode, now.inode, std::uint64_t{0})) ||
         differ(remembered.born_ns, now.born_ns, std::int64_t{0}) ||
         differ(remembered.file_system, now.file_system, std::string());
}

}  // namespace imapkeep
