// What one non-blocking step of reading, writing or shaking hands came to.
#pragma once

#include <cstddef>

#include "daemon/base/error.h"

namespace imapkeep {

enum class IoState {
  kDone,       ///< it moved; ask again
  kWantRead,   ///< not before the socket is readable
  kWantWrite,  ///< not before the socket is writable
  kEnd,        ///< nothing follows; `error` says why
};

struct IoStep {
  IoState state = IoState::kDone;
  std::size_t bytes = 0;  ///< moved before it came to that
  Error error{};          ///< with kEnd
};

}  // namespace imapkeep
