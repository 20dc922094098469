#include "sync/state/in_place.h"

#include <sys/statfs.h>

#include <algorithm>
#include <array>

namespace imapkeep {
namespace {

// As in linux/magic.h, where they are; bcachefs and ZFS bring their own.
constexpr std::array<unsigned long, 5> kCopying{
    0x9123683eUL,  // btrfs
    0xca451a4eUL,  // bcachefs
    0xf2f52010UL,  // F2FS
    0x3434UL,      // NILFS2
    0x2fc12fc1UL,  // ZFS
};

}  // namespace

bool type_overwrites_in_place(unsigned long type) {
  return std::find(kCopying.begin(), kCopying.end(), type & 0xffffffffUL) == kCopying.end();
}

bool overwrites_in_place(const std::string& path) {
  struct statfs facts {};
  if (::statfs(path.c_str(), &facts) != 0) return true;
  return type_overwrites_in_place(static_cast<unsigned long>(facts.f_type));
}

}  // namespace imapkeep
