#include "sync/journal/segment_lines.h"

#include <span>

#include "daemon/base/bytes.h"
#include "sync/journal/journal_codec.h"

namespace imapkeep {
namespace {

constexpr std::size_t kReadSize = 64U << 10;
constexpr std::size_t kLongestLine = 16U << 20;
constexpr std::string_view kRemedy =
    "; no mail is lost by this: see \"A damaged journal\" in docs/storage.md "
    "(installed in share/doc/imapkeep)";

}  // namespace

Result<std::uint64_t> count_segments(SegmentStorage& segments) {
  const auto there = segments.list();
  if (!there) return there.error();
  for (std::size_t i = 0; i < there->size(); ++i) {
    if ((*there)[i] == i + 1) continue;
    return store_error(segments.describe(i + 1) + ": this segment of the journal is missing" +
                       std::string(kRemedy));
  }
  return std::uint64_t{there->size()};
}

Result<SegmentLines> SegmentLines::open(const JournalAccess& journal, std::uint64_t segment,
                                        std::uint64_t offset, Notes& notes) {
  SegmentLines lines;
  lines.name_ = journal.segments->describe(segment);
  lines.segment_ = segment;
  lines.offset_ = offset;
  lines.from_start_ = offset == 0;
  auto reader = journal.segments->read(segment, offset == 0 ? 0 : offset - 1);
  if (!reader) return reader.error();
  lines.reader_ = std::move(*reader);
  const auto ready = offset == 0 ? lines.check_header(journal, notes) : lines.check_start();
  if (!ready) return ready.error();
  return lines;
}

Error SegmentLines::damage(const std::string& what) const {
  const std::string where = from_start_ ? "line " + std::to_string(lines_)
                                        : "the line that ends at byte " + std::to_string(offset_);
  return store_error(name_ + ", " + where + ": " + what + std::string(kRemedy));
}

/// What stands before the first line must be the end of another.
Result<Done> SegmentLines::check_start() {
  char before = 0;
  const auto read = reader_->read(std::span<char>(&before, 1));
  if (!read) return read.error();
  if (*read == 0 || before != '\n') {
    return store_error(name_ + ": byte " + std::to_string(offset_) +
                       " is where the ledger stopped reading, and no line begins there: this "
                       "journal is not the one that the ledger has read; remove the ledger, which "
                       "is then built anew from the journal");
  }
  return Done{};
}

Result<Done> SegmentLines::check_header(const JournalAccess& journal, Notes& notes) {
  auto first = next(notes);
  if (!first) return first.error();
  if (!*first) return Done{};  // torn before its first line was whole: an empty segment
  const auto line = parse_line((*first)->text, *journal.places);
  if (!line) return damage(line.error().what);
  const auto* header = std::get_if<SegmentHeader>(&*line);
  if (!header || header->store_id != journal.store_id || header->segment != segment_) {
    return damage("this is not the first line of this segment of this store");
  }
  return Done{};
}

Result<Done> SegmentLines::fill() {
  buffer_.erase(0, at_);
  at_ = 0;
  const std::size_t had = buffer_.size();
  buffer_.resize(had + kReadSize);
  const auto read = reader_->read(std::span<char>(buffer_.data() + had, kReadSize));
  buffer_.resize(had + (read ? *read : 0));
  if (!read) return read.error();
  if (*read == 0) eof_ = true;
  return Done{};
}

Result<std::optional<SegmentLines::Line>> SegmentLines::next(Notes& notes) {
  std::size_t end = buffer_.find('\n', at_);
  while (end == std::string::npos && !eof_) {
    const std::size_t searched = buffer_.size() - at_;
    if (searched > kLongestLine) return damage("the line has no end");
    if (const auto filled = fill(); !filled) return filled.error();
    end = buffer_.find('\n', at_ + searched);
  }
  if (at_ == buffer_.size()) return std::optional<Line>();
  const bool terminated = end != std::string::npos;
  const std::size_t stop = terminated ? end : buffer_.size();
  if (terminated && stop + 1 == buffer_.size() && !eof_) {  // is it the last line?
    const std::size_t length = stop - at_;
    if (const auto filled = fill(); !filled) return filled.error();
    end = at_ + length;
  } else {
    end = stop;
  }
  const std::string_view text = std::string_view(buffer_).substr(at_, end - at_);
  const std::size_t taken = text.size() + (terminated ? 1 : 0);
  const bool last = at_ + taken == buffer_.size();
  ++lines_;
  offset_ += taken;
  at_ += taken;
  if (ended_) return damage("there is something behind the line that ended the segment");
  if (terminated && is_whole_line(text)) {
    ended_ = line_type(text) == "end";
    return std::optional<Line>(Line{text, offset_, lines_});
  }
  if (!last) return damage("its checksum is wrong");
  notes.push_back({LogLevel::kWarning,
                   "store.journal_line_torn",
                   {{"segment", name_},
                    {"ignored_bytes", std::to_string(taken)},
                    {"meaning", "its writer was interrupted; what it said is done again"}}});
  return std::optional<Line>();
}

}  // namespace imapkeep
