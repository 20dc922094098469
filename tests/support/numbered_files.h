// The port Files over another one, with a number for every call that changes the disk (points.h).
#pragma once

#include "daemon/base/files.h"
#include "tests/support/points.h"

namespace imapkeep {

class NumberedFiles final : public Files {
 public:
  NumberedFiles(Files& files, CrashPoints& points) : files_(files), points_(points) {}

  Result<std::unique_ptr<Directory>> open_root(const std::string& path) override;
  Result<std::unique_ptr<Directory>> make_root(const std::string& path) override;

 private:
  Files& files_;
  CrashPoints& points_;
};

}  // namespace imapkeep
