#include "tests/cuts/loop_disk.h"

#include <fcntl.h>
#include <linux/loop.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "daemon/io/fd.h"

namespace imapkeep::cuts {
namespace {

// EXT4_IOC_SHUTDOWN, XFS_IOC_GOINGDOWN: one number. Of its flags, "log flush" writes the journal
// first, "no log flush" does not.
constexpr unsigned long kShutdown = _IOR('X', 125, std::uint32_t);
constexpr std::uint32_t kLogFlush = 1;
constexpr std::uint32_t kNoLogFlush = 2;

// XFS has no smaller ones.
constexpr std::uint64_t kBytesOf[] = {64U << 20, 320U << 20};
constexpr const char* kNameOf[] = {"ext4", "xfs"};
constexpr const char* kMakeOf[] = {"mkfs.ext4 -q -F -b 4096 ", "mkfs.xfs -q -f "};

Error cannot(const std::string& what, int code = errno) {
  return store_error(what + ": " + std::strerror(code), code);
}

std::filesystem::path where_images_lie() {
  return access("/dev/shm", W_OK) == 0 ? "/dev/shm" : std::filesystem::temp_directory_path();
}

}  // namespace

Result<Done> LoopDisk::enter_own_view() {
  if (unshare(CLONE_NEWNS) != 0) return cannot("a view of the file systems of one's own");
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return cannot("a private view of the file systems");
  }
  return Done{};
}

LoopDisk::LoopDisk(Kind kind)
    : kind_(kind),
      directory_(where_images_lie()),
      image_(directory_.file("image")),
      path_(directory_.file("disk")) {}

LoopDisk::~LoopDisk() {
  if (mounted_) umount2(path_.c_str(), MNT_DETACH);
}

Result<std::unique_ptr<LoopDisk>> LoopDisk::make(Kind kind) {
  std::unique_ptr<LoopDisk> disk(new LoopDisk(kind));
  const auto which = static_cast<std::size_t>(kind);
  const Fd image(open(disk->image_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!image.is_open() || ftruncate(image.get(), static_cast<off_t>(kBytesOf[which])) != 0) {
    return cannot("an image of a disk");
  }
  const std::string make = kMakeOf[which] + disk->image_ + " >/dev/null 2>&1";
  if (std::system(make.c_str()) != 0) return cannot(std::string("mkfs.") + kNameOf[which], ENOENT);
  if (mkdir(disk->path_.c_str(), 0700) != 0) return cannot(disk->path_);
  if (auto mounted = disk->attach_and_mount(); !mounted) return mounted.error();
  return disk;
}

Result<Done> LoopDisk::attach_and_mount() {
  const Fd control(open("/dev/loop-control", O_RDWR | O_CLOEXEC));
  if (!control.is_open()) return cannot("/dev/loop-control");
  const Fd image(open(image_.c_str(), O_RDWR | O_CLOEXEC));
  if (!image.is_open()) return cannot(image_);
  loop_config config{};
  config.fd = static_cast<std::uint32_t>(image.get());
  // It goes when the file system goes, and with it the last thing that the kernel remembers of it.
  config.info.lo_flags = LO_FLAGS_AUTOCLEAR;
  for (int tries = 0;; ++tries) {
    const int number = ioctl(control.get(), LOOP_CTL_GET_FREE);
    if (number < 0) return cannot("a free loop device");
    const std::string device = "/dev/loop" + std::to_string(number);
    const Fd loop(open(device.c_str(), O_RDWR | O_CLOEXEC));
    if (!loop.is_open()) return cannot(device);
    if (ioctl(loop.get(), LOOP_CONFIGURE, &config) != 0) {
      if (errno == EBUSY && tries < 100) continue;  // somebody else was faster
      return cannot(device);
    }
    const char* type = kNameOf[static_cast<std::size_t>(kind_)];
    if (mount(device.c_str(), path_.c_str(), type, MS_NOATIME, nullptr) != 0) {
      return cannot("mounting " + device + " as " + type);
    }
    mounted_ = true;
    return Done{};
  }
}

Result<Done> LoopDisk::cut(Loss loss) const {
  const Fd root(open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  std::uint32_t flags = loss == Loss::kNames ? kNoLogFlush : kLogFlush;
  if (!root.is_open() || ioctl(root.get(), kShutdown, &flags) != 0) return cannot("a cut");
  return Done{};
}

Result<Done> LoopDisk::mount_again() {
  if (umount2(path_.c_str(), 0) != 0) return cannot("unmounting " + path_);
  mounted_ = false;
  return attach_and_mount();
}

Result<Done> LoopDisk::settle() const {
  const Fd root(open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root.is_open() || syncfs(root.get()) != 0) return cannot("syncfs");
  return Done{};
}

}  // namespace imapkeep::cuts
