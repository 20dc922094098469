// One record, one line (docs/storage.md §4): {"c":"<16 hex>",<rest> where c is XXH3-64 of <rest>,
// up to and including the closing brace. Lines are written by hand-built strings, since a first
// mirror writes tens of thousands at once; they are read by a JSON parser, after the checksum has
// said that every byte is ours.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "daemon/base/result.h"
#include "sync/journal/place_codec.h"
#include "sync/journal/records.h"

namespace imapkeep {

inline constexpr std::uint32_t kJournalFormat = 1;

/// First line of a segment.
struct SegmentHeader {
  std::uint32_t format = kJournalFormat;
  std::string store_id;
  std::uint64_t segment = 0;
  std::int64_t at_ms = 0;
  bool operator==(const SegmentHeader&) const = default;
};

/// Last line of a segment whose writer ended in order.
struct SegmentEnd {
  std::uint64_t records = 0;
  std::int64_t at_ms = 0;
  /// Paths of the folders in which there may be complete files that no record claims; "": anywhere.
  std::vector<std::string> unclaimed;
  bool operator==(const SegmentEnd&) const = default;
};

using JournalLine = std::variant<SegmentHeader, Record, SegmentEnd>;

/// Each appends one line with its LF.
void append_line(std::string& out, const SegmentHeader& header);
void append_line(std::string& out, const Record& record, const PlaceCodec& places);
void append_line(std::string& out, const SegmentEnd& end);

/// Whether the checksum of a line (without LF) is right.
bool is_whole_line(std::string_view line);
/// Of a line that is_whole_line. Unknown members are ignored; an unknown type or format is an error
/// that says so, and so is a type that does not stand first.
Result<JournalLine> parse_line(std::string_view line, const PlaceCodec& places);
/// The type of a whole line, without parsing it: "message", "end", …
std::string_view line_type(std::string_view line);

}  // namespace imapkeep
