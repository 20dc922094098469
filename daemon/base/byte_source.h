// Port: bytes that are read when they are asked for, so that whoever sends them on decides how fast
// they come, and memory does not depend on how many there are. How many there are is said
// elsewhere, before.
#pragma once

#include <string>

#include "daemon/base/operation.h"

namespace imapkeep {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// The next bytes, some tens of kilobytes at once; none: there are no others. One call at a time,
  /// and none behind an error.
  [[nodiscard]] virtual Operation read(Completion<std::string> done) = 0;
};

}  // namespace imapkeep
