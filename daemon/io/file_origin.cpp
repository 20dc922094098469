#include "daemon/io/file_origin.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "daemon/base/bytes.h"

namespace imapkeep {
namespace {

// FS_IOC_GETFSUUID, since Linux 6.9; older headers do not have it.
struct Uuid {
  std::uint8_t length;
  std::array<std::uint8_t, 16> bytes;
};
constexpr unsigned long kGetUuid = _IOR(0x15, 0, Uuid);

// Of these, statfs tells a number made of the UUID; of others it may be the device's.
constexpr long kExt4 = 0xEF53;
constexpr long kBtrfs = 0x9123683E;

template <class T>
std::string hex_of(const T& bytes) {
  std::array<std::uint64_t, 2> halves{};
  std::memcpy(halves.data(), &bytes, std::min(sizeof(bytes), sizeof(halves)));
  return to_hex(halves[0]) + to_hex(halves[1]);
}

std::string file_system_of(int directory) {
  struct statfs facts {};
  if (fstatfs(directory, &facts) == 0 &&
      (static_cast<long>(facts.f_type) == kExt4 || static_cast<long>(facts.f_type) == kBtrfs)) {
    return hex_of(facts.f_fsid);
  }
  Uuid uuid{};
  if (ioctl(directory, kGetUuid, &uuid) != 0 || uuid.length == 0) return "";
  return hex_of(uuid.bytes);
}

}  // namespace

std::optional<FileOrigin> origin_of(int directory, const std::string& name) {
  struct statx facts {};
  if (statx(directory, name.c_str(), AT_SYMLINK_NOFOLLOW, STATX_INO | STATX_BTIME, &facts) != 0) {
    return std::nullopt;
  }
  FileOrigin origin;
  origin.inode = facts.stx_ino;
  if ((facts.stx_mask & STATX_BTIME) != 0) {
    origin.born_ns = facts.stx_btime.tv_sec * std::int64_t{1'000'000'000} + facts.stx_btime.tv_nsec;
  }
  origin.file_system = file_system_of(directory);
  return origin;
}

}  // namespace imapkeep
