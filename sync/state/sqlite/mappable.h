// May a file that is written to be mapped here? SQLite's WAL mode has its index in such a file, of
// which it makes sure that there is room by writing a byte every 4 KiB. Where that is not enough,
// the answer to a write into memory on a full disk is no error but SIGBUS, and the process dies:
// where a file system copies the pages that it has (btrfs, bcachefs, F2FS, NILFS2, ZFS), and where
// its blocks are smaller, so that there are holes between those bytes (a small ext4 has blocks of 1
// KiB). docs/decisions/0010-nothing-mapped-where-pages-are-copied.md.
#pragma once

#include <cstdint>
#include <string>

namespace imapkeep {

/// As statfs(2) tells it.
struct FileSystemFacts {
  std::uint64_t type = 0;    ///< f_type
  std::uint64_t block = 0;   ///< f_bsize, octets
  std::uint64_t inodes = 0;  ///< f_files; 0: it does not count them
};

bool may_be_mapped(const FileSystemFacts& facts);

/// On the file system that holds `path`; true when it cannot be asked, as everywhere else the first
/// use of the file says what is wrong.
bool may_be_mapped(const std::string& path);

}  // namespace imapkeep
