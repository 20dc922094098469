#include "sync/state/sqlite/mappable.h"

#include <sys/statfs.h>

#include <algorithm>
#include <array>

namespace imapkeep {
namespace {

// As in linux/magic.h, where they are; bcachefs and ZFS bring their own.
constexpr std::array<std::uint64_t, 5> kCopying{
    0x9123683e,  // btrfs
    0xca451a4e,  // bcachefs
    0xf2f52010,  // F2FS
    0x3434,      // NILFS2
    0x2fc12fc1,  // ZFS
};
constexpr std::uint64_t kOverlay = 0x794c7630;
constexpr std::uint64_t kStep = 4096;  // in which SQLite makes room

}  // namespace

bool may_be_mapped(const FileSystemFacts& facts) {
  const std::uint64_t type = facts.type & 0xffffffff;
  if (std::find(kCopying.begin(), kCopying.end(), type) != kCopying.end()) return false;
  // An overlay hides what it lies on, but passes on its numbers, and btrfs does not count inodes.
  if (type == kOverlay && facts.inodes == 0) return false;
  return facts.block >= kStep;
}

bool may_be_mapped(const std::string& path) {
  struct statfs facts {};
  if (::statfs(path.c_str(), &facts) != 0) return true;
  return may_be_mapped(FileSystemFacts{static_cast<std::uint64_t>(facts.f_type),
                                       static_cast<std::uint64_t>(facts.f_bsize), facts.f_files});
}

}  // namespace imapkeep
