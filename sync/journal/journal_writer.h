// Appending to a store's journal. One writer per process and store; it makes its segment when there
// is something to do, before anything else is done: so a crash at any later moment is seen by the
// next opening. What append() returned is durable. A failed append is cut back, so that a segment
// never holds a line of a batch that was condemned; as long as even that fails, nothing more is
// written.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sync/journal/journal_access.h"
#include "sync/journal/records.h"

namespace imapkeep {

class JournalWriter {
 public:
  /// `end` and `last_segment` are the survey's.
  JournalWriter(JournalAccess access, std::uint64_t last_segment, JournalPosition end)
      : access_(std::move(access)), last_segment_(last_segment), end_(end) {}
  [[nodiscard]] const JournalAccess& access() const { return access_; }

  /// The segment that is being written stands in this storage, or none is being written.
  Result<bool> is_in(SegmentStorage& segments) const;

  /// A segment of this process is there and durable.
  Result<Done> prepare(std::int64_t now_ms);
  Result<JournalPosition> append(const std::vector<Record>& records, std::int64_t now_ms);
  /// Behind the last durable record.
  [[nodiscard]] JournalPosition end() const { return end_; }
  /// Lines of a failed append may be on disk: what they say must stay true.
  [[nodiscard]] bool torn() const { return torn_; }
  /// Cuts back what a failed append left. Nothing to do is success.
  Result<Done> mend(std::int64_t now_ms);
  /// Ends the segment as clean; `unclaimed` as in SegmentEnd.
  Result<Done> close(std::int64_t now_ms, std::vector<std::string> unclaimed = {});

 private:
  Result<Done> make_segment(std::int64_t now_ms);

  JournalAccess access_;
  std::uint64_t last_segment_;
  JournalPosition end_;
  std::unique_ptr<OpenSegment> open_;  ///< segment last_segment_, when this process has one
  std::uint64_t durable_ = 0;          ///< bytes of it that are durable
  std::uint64_t records_ = 0;          ///< lines among them
  bool torn_ = false;
};

}  // namespace imapkeep
