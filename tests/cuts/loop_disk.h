// A file system of the test's own whose power can be cut: an image in memory behind a loop device,
// mounted where only this process and its children see it. cut() is the kernel's own shutdown
// ioctl: what the file system had not yet handed to its device is lost. Everything goes away with
// the process.
#pragma once

#include <string>

#include "daemon/base/result.h"
#include "tests/support/temporary_directory.h"

namespace imapkeep::cuts {

enum class Kind { kExt4, kXfs };
enum class Loss {
  kNames,  ///< the file system's journal is not written: what happened last has not happened
  kBytes   ///< it is written first: all names are there, without the bytes that nobody flushed
};

class LoopDisk {
 public:
  /// In this process's own view of the file systems. An error says what is not possible here.
  static Result<Done> enter_own_view();
  static Result<std::unique_ptr<LoopDisk>> make(Kind kind);
  ~LoopDisk();
  LoopDisk(const LoopDisk&) = delete;
  LoopDisk& operator=(const LoopDisk&) = delete;

  /// Where it is mounted.
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] Result<Done> cut(Loss loss) const;
  /// What a boot does; nobody may have anything open there.
  Result<Done> mount_again();
  /// Everything is written now, so that what follows is lost or kept by itself.
  Result<Done> settle() const;

 private:
  explicit LoopDisk(Kind kind);
  Result<Done> attach_and_mount();

  Kind kind_;
  TemporaryDirectory directory_;
  std::string image_;
  std::string path_;
  bool mounted_ = false;
};

}  // namespace imapkeep::cuts
