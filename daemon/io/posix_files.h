// The doors into the file system: the operator's own paths, from which everything else descends by
// single names.
#pragma once

#include "daemon/base/files.h"

namespace imapkeep {

class PosixFiles final : public Files {
 public:
  Result<std::unique_ptr<Directory>> open_root(const std::string& path) override;
  /// Each directory that is made is made durable in its parent here, since nobody else opens those.
  Result<std::unique_ptr<Directory>> make_root(const std::string& path) override;
};

}  // namespace imapkeep
