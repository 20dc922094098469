// The lines of one journal segment, in constant memory, and the law on torn lines: only the last
// line of a segment may be torn, and then it is as if it had never been written.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/base/notes.h"
#include "sync/journal/journal_access.h"

namespace imapkeep {

/// How many segments a journal has; an error when one is missing.
Result<std::uint64_t> count_segments(SegmentStorage& segments);

class SegmentLines {
 public:
  struct Line {
    std::string_view text;     ///< without LF; whole; valid until the next call
    std::uint64_t end = 0;     ///< offset behind its LF
    std::uint64_t number = 0;  ///< from 1, counted from where reading began
  };

  /// At offset 0 the segment's header is read and compared with store and number. Any other offset
  /// must be a line's start.
  static Result<SegmentLines> open(const JournalAccess& journal, std::uint64_t segment,
                                   std::uint64_t offset, Notes& notes);
  /// Nothing at the end, also when the end is a torn line.
  Result<std::optional<Line>> next(Notes& notes);
  /// For a line that is whole but not understood.
  [[nodiscard]] Error damage(const std::string& what) const;

 private:
  Result<Done> fill();
  Result<Done> check_start();
  Result<Done> check_header(const JournalAccess& journal, Notes& notes);

  std::unique_ptr<SegmentReader> reader_;
  std::string name_;
  std::uint64_t segment_ = 0;
  bool from_start_ = true;
  std::string buffer_;
  std::size_t at_ = 0;        ///< in buffer_
  std::uint64_t offset_ = 0;  ///< of buffer_[at_] in the segment
  std::uint64_t lines_ = 0;
  bool eof_ = false;
  bool ended_ = false;  ///< an `end` line was seen
};

}  // namespace imapkeep
