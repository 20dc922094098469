#include "sync/journal/journal_writer.h"

#include <utility>

#include "sync/journal/journal_codec.h"
#include "sync/journal/segment_copy.h"
#include "sync/journal/segment_lines.h"

namespace imapkeep {
namespace {

constexpr std::uint64_t kSegmentLimit = 16U << 20;

}  // namespace

Result<Done> JournalWriter::prepare(std::int64_t now_ms) {
  if (const auto mended = mend(now_ms); !mended) return mended;
  if (file_ && durable_ > kSegmentLimit) {
    // Whoever dies before the next segment is there has not said that nothing is left over.
    if (const auto closed = close(now_ms, {""}); !closed) return closed;
  }
  if (file_) return Done{};
  const auto made = make_segment(now_ms);
  if (made) return made;
  torn_ = true;
  file_.reset();
  (void)mend(now_ms);  // tried again by the next call
  return made;
}

Result<bool> JournalWriter::is_in(Directory& journal) const {
  if (!file_) return true;
  const auto facts = journal.stat(segment_file(last_segment_));
  if (!facts) return facts.error();
  return *facts && (*facts)->inode == inode_;
}

Result<Done> JournalWriter::make_segment(std::int64_t now_ms) {
  durable_ = 0;
  records_ = 0;
  auto file = access_.directory->create(segment_file(last_segment_ + 1));
  if (!file) return file.error();
  file_ = std::move(*file);
  ++last_segment_;
  unproven_ = true;
  const auto facts = access_.directory->stat(segment_file(last_segment_));
  if (!facts) return facts.error();
  inode_ = *facts ? (*facts)->inode : 0;
  std::string text;
  append_line(text, SegmentHeader{kJournalFormat, access_.store_id, last_segment_, now_ms});
  if (const auto written = write(text); !written) return written;
  if (const auto synced = access_.directory->sync(); !synced) return synced;
  unproven_ = false;
  return Done{};
}

Result<Done> JournalWriter::write(const std::string& text) {
  if (const auto wrote = file_->write(text); !wrote) return wrote;
  if (const auto synced = file_->sync(); !synced) return synced;
  durable_ += text.size();
  return Done{};
}

Result<JournalPosition> JournalWriter::append(const std::vector<Record>& records,
                                              std::int64_t now_ms) {
  if (records.empty()) return end_;
  if (const auto ready = prepare(now_ms); !ready) return ready.error();
  std::string text;
  for (const Record& record : records) append_line(text, record, *access_.places);
  const auto written = write(text);
  if (written) {
    records_ += records.size();
    end_ = {last_segment_, durable_};
    return end_;
  }
  torn_ = true;
  file_.reset();
  (void)mend(now_ms);  // tried again by the next call; torn() tells the caller
  return written.error();
}

Result<Done> JournalWriter::mend(std::int64_t now_ms) {
  if (!torn_) return Done{};
  if (unproven_) {
    const auto gone = access_.directory->unlink(segment_file(last_segment_));
    if (!gone) return gone.error();
    if (const auto synced = access_.directory->sync(); !synced) return synced;
    --last_segment_;
    unproven_ = false;
  } else if (durable_ > 0) {
    std::string end;
    append_line(end, SegmentEnd{records_, now_ms, {""}});  // of a batch that was condemned
    const auto cut = copy_segment(*access_.directory, last_segment_, durable_, end);
    if (!cut) return cut;
  }
  torn_ = false;
  durable_ = 0;
  return Done{};
}

Result<Done> JournalWriter::close(std::int64_t now_ms, std::vector<std::string> unclaimed) {
  if (const auto mended = mend(now_ms); !mended) return mended;
  if (!file_) return Done{};
  std::string end;
  append_line(end, SegmentEnd{records_, now_ms, std::move(unclaimed)});
  const auto wrote = file_->write(end);
  const auto synced = wrote ? file_->sync() : wrote;
  const auto closed = synced ? file_->close() : synced;
  file_.reset();
  if (!closed) {
    // A torn `end` may stand in this segment; its records are durable and nothing follows it.
    return closed;
  }
  return Done{};
}

}  // namespace imapkeep
