// W of a file name: how many bytes a message would have if every line ended in CRLF. Counted while
// the message streams; a CR LF may be split over two pieces.
#pragma once

#include <cstdint>

#include "daemon/base/bytes.h"

namespace imapkeep {

class LineCount {
 public:
  void update(ByteView bytes) {
    size_ += bytes.size();
    for (std::size_t at = bytes.find('\n'); at != ByteView::npos; at = bytes.find('\n', at + 1)) {
      const char before = at > 0 ? bytes[at - 1] : last_;
      if (before != '\r') ++bare_;
    }
    if (!bytes.empty()) last_ = bytes.back();
  }
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] std::uint64_t crlf_size() const { return size_ + bare_; }

 private:
  std::uint64_t size_ = 0;
  std::uint64_t bare_ = 0;  ///< LFs that no CR precedes
  char last_ = 0;
};

}  // namespace imapkeep
