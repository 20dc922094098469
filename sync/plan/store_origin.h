// Is the store that was opened the one that the ledger remembers, or a copy of it? A copy has other
// inodes and other times of birth; a disk that was copied file by file has another UUID. A device
// number says nothing: it changes with every boot.
#pragma once

#include "daemon/base/files.h"

namespace imapkeep {

/// Of store.json, then and now. What one of them does not know is no sign.
inline bool is_copy(const FileOrigin& remembered, const FileOrigin& now) {
  const auto differ = [](const auto& a, const auto& b, const auto& unknown) {
    return a != unknown && b != unknown && a != b;
  };
  return differ(remembered.inode, now.inode, std::uint64_t{0}) ||
         differ(remembered.born_ns, now.born_ns, std::int64_t{0}) ||
         differ(remembered.file_system, now.file_system, std::string());
}

}  // namespace imapkeep
