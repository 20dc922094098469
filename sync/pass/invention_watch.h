// Sees whether a body that streams by is one that a server is known to make up. Costs nothing but
// for bodies of exactly that length.
#pragma once

#include <cstdint>
#include <string>

#include "daemon/base/bytes.h"
#include "sync/plan/body_check.h"

namespace imapkeep {

class InventionWatch {
 public:
  void begin(std::uint64_t size) {
    watches_ = size == kInventedSize;
    text_.clear();
  }
  void bytes(ByteView bytes) {
    if (watches_ && text_.size() + bytes.size() <= kInventedSize) text_ += bytes;
  }
  [[nodiscard]] bool seen() const { return watches_ && is_known_invention(text_); }

 private:
  bool watches_ = false;
  std::string text_;
};

}  // namespace imapkeep
