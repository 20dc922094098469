#include "sync/journal/journal_writer.h"

#include <utility>

#include "sync/journal/journal_codec.h"

namespace imapkeep {
namespace {

constexpr std::uint64_t kSegmentLimit = 16U << 20;

}  // namespace

Result<Done> JournalWriter::prepare(std::int64_t now_ms) {
  if (const auto mended = mend(now_ms); !mended) return mended;
  if (open_ && durable_ > kSegmentLimit) {
    // Whoever dies before the next segment is there has not said that nothing is left over.
    if (const auto closed = close(now_ms, {""}); !closed) return closed;
  }
  if (open_) return Done{};
  const auto made = make_segment(now_ms);
  if (made) return made;
  torn_ = true;
  (void)mend(now_ms);  // tried again by the next call
  return made;
}

Result<bool> JournalWriter::is_in(SegmentStorage& segments) const {
  if (!open_) return true;
  const auto mark = segments.mark(last_segment_);
  if (!mark) return mark.error();
  // No mark: there is no such segment any more.
  return !mark->empty() && *mark == open_->mark();
}

Result<Done> JournalWriter::make_segment(std::int64_t now_ms) {
  durable_ = 0;
  records_ = 0;
  const std::uint64_t next = last_segment_ + 1;
  std::string text;
  append_line(text, SegmentHeader{kJournalFormat, access_.store_id, next, now_ms});
  auto made = access_.segments->create(next, text);
  if (!made) return made.error();
  open_ = std::move(*made);
  last_segment_ = next;
  durable_ = text.size();
  return Done{};
}

Result<JournalPosition> JournalWriter::append(const std::vector<Record>& records,
                                              std::int64_t now_ms) {
  if (records.empty()) return end_;
  if (const auto ready = prepare(now_ms); !ready) return ready.error();
  std::string text;
  for (const Record& record : records) append_line(text, record, *access_.places);
  const auto written = open_->append(text);
  if (written) {
    durable_ += text.size();
    records_ += records.size();
    end_ = {last_segment_, durable_};
    return end_;
  }
  torn_ = true;
  open_.reset();
  (void)mend(now_ms);  // tried again by the next call; torn() tells the caller
  return written.error();
}

Result<Done> JournalWriter::mend(std::int64_t now_ms) {
  if (!torn_) return Done{};
  if (const auto gone = access_.segments->discard_failed(); !gone) return gone;
  if (durable_ > 0) {
    std::string end;
    append_line(end, SegmentEnd{records_, now_ms, {""}});  // of a batch that was condemned
    const auto cut = access_.segments->replace(last_segment_, durable_, end);
    if (!cut) return cut;
  }
  torn_ = false;
  durable_ = 0;
  return Done{};
}

Result<Done> JournalWriter::close(std::int64_t now_ms, std::vector<std::string> unclaimed) {
  if (const auto mended = mend(now_ms); !mended) return mended;
  if (!open_) return Done{};
  std::string end;
  append_line(end, SegmentEnd{records_, now_ms, std::move(unclaimed)});
  const auto written = open_->append(end);
  const auto closed = written ? open_->close() : written;
  open_.reset();
  // After an error a torn `end` may stand in this segment; its records are durable and nothing
  // follows it.
  return closed;
}

}  // namespace imapkeep
