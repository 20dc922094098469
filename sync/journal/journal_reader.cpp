#include "sync/journal/journal_reader.h"

#include "sync/journal/journal_codec.h"
#include "sync/journal/segment_lines.h"

namespace imapkeep {
namespace {

// A segment that was ended is judged by its last lines: a pass over a mailbox in which nothing has
// changed would otherwise spend half of its own time on reading what is known. Rebuilding and
// auditing read every line.
constexpr std::uint64_t kTail = 64U << 10;

struct SegmentSurvey {
  std::uint64_t records_end = 0;  ///< 0: it holds no record
  bool ended = false;
  std::vector<std::string> unclaimed;
  std::optional<FolderRenamingRecord> unfinished;
};

/// Where the last lines begin; 0: they are all, or it cannot be told.
std::uint64_t tail_of(const JournalAccess& journal, std::uint64_t segment) {
  const auto whole = journal.segments->size(segment);
  if (!whole || *whole < 2 * kTail) return 0;
  const std::uint64_t from = *whole - kTail;
  const auto reader = journal.segments->read(segment, from);
  if (!reader) return 0;
  std::string text(kTail, '\0');
  const auto size = (*reader)->read(text);
  if (!size) return 0;
  const std::size_t line_end = std::string_view(text).substr(0, *size).find('\n');
  return line_end == std::string::npos ? 0 : from + line_end + 1;
}

Result<SegmentSurvey> survey_lines(const JournalAccess& journal, std::uint64_t segment,
                                   std::uint64_t from, Notes& notes) {
  SegmentSurvey survey;
  auto lines = SegmentLines::open(journal, segment, from, notes);
  if (!lines) return lines.error();
  while (true) {
    const auto line = lines->next(notes);
    if (!line) return line.error();
    if (!*line) return survey;
    const std::string_view type = line_type((*line)->text);
    survey.ended = type == "end";
    if (survey.ended) {
      auto end = parse_line((*line)->text, *journal.places);
      if (!end) return lines->damage(end.error().what);
      survey.unclaimed = std::move(std::get<SegmentEnd>(*end).unclaimed);
      continue;
    }
    survey.records_end = (*line)->end;
    if (type != "renaming" && !(type == "folder" && survey.unfinished)) continue;
    const auto parsed = parse_line((*line)->text, *journal.places);
    if (!parsed) return lines->damage(parsed.error().what);
    const auto* record = std::get_if<Record>(&*parsed);
    const auto* renaming = record ? std::get_if<FolderRenamingRecord>(record) : nullptr;
    const auto* folder = record ? std::get_if<FolderRecord>(record) : nullptr;
    if (renaming) survey.unfinished = *renaming;
    if (folder && folder->id == survey.unfinished->id) survey.unfinished.reset();
  }
}

/// A rename that is unfinished is the last record of its segment: the store takes no other commit
/// before it is finished.
Result<SegmentSurvey> survey_segment(const JournalAccess& journal, std::uint64_t segment,
                                     Notes& notes) {
  if (const std::uint64_t tail = tail_of(journal, segment); tail > 0) {
    Notes unsaid;
    const auto head = SegmentLines::open(journal, segment, 0, unsaid);
    if (!head) return head.error();
    const auto survey = survey_lines(journal, segment, tail, unsaid);
    if (survey && survey->ended && survey->records_end > 0) return survey;
  }
  return survey_lines(journal, segment, 0, notes);
}

}  // namespace

Result<JournalEnd> look_at_journal_end(const JournalAccess& journal, Notes& notes) {
  const auto segments = count_segments(*journal.segments);
  if (!segments) return segments.error();
  JournalEnd facts;
  facts.last_segment = *segments;
  for (std::uint64_t segment = *segments; segment > 0; --segment) {
    const auto survey = survey_segment(journal, segment, notes);
    if (!survey) return survey.error();
    if (segment == facts.last_segment) {
      facts.clean = survey->ended;
      facts.unclaimed = survey->ended ? survey->unclaimed : std::vector<std::string>{""};
    }
    if (survey->records_end == 0) continue;
    facts.end = {segment, survey->records_end};
    facts.unfinished = survey->unfinished;
    break;
  }
  return facts;
}

Result<JournalEnd> survey_journal(const JournalAccess& journal, Notes& notes) {
  auto end = look_at_journal_end(journal, notes);
  if (!end || end->clean) return end;
  // Its last lines may be in memory only, and nobody knows whether an fsync has failed.
  const auto durable = journal.segments->replace(end->last_segment, std::nullopt, "");
  return durable ? std::move(end) : Result<JournalEnd>(durable.error());
}

Result<JournalChunk> read_journal_records(const JournalAccess& journal, JournalPosition from,
                                          std::size_t limit, Notes& notes) {
  const auto segments = count_segments(*journal.segments);
  if (!segments) return segments.error();
  if (from.segment > *segments) {
    return store_error(journal.segments->describe() + ": the ledger has read up to segment " +
                       std::to_string(from.segment) + " of this journal, which has only " +
                       std::to_string(*segments) +
                       ": an older copy of the store? Remove the ledger, which is then built anew");
  }
  JournalChunk chunk;
  chunk.next = from;
  for (std::uint64_t segment = from.segment == 0 ? 1 : from.segment; segment <= *segments;
       ++segment) {
    const std::uint64_t offset = segment == from.segment ? from.offset : 0;
    auto lines = SegmentLines::open(journal, segment, offset, notes);
    if (!lines) return lines.error();
    while (true) {
      if (chunk.records.size() >= limit) return chunk;
      const auto line = lines->next(notes);
      if (!line) return line.error();
      if (!*line) break;
      auto parsed = parse_line((*line)->text, *journal.places);
      if (!parsed) return lines->damage(parsed.error().what);
      if (auto* record = std::get_if<Record>(&*parsed)) {
        chunk.records.push_back(std::move(*record));
        chunk.next = {segment, (*line)->end};
      }
    }
  }
  chunk.at_end = true;
  return chunk;
}

Result<std::map<FolderId, std::string>> read_folder_paths(const JournalAccess& journal,
                                                          Notes& notes) {
  const auto segments = count_segments(*journal.segments);
  if (!segments) return segments.error();
  std::map<FolderId, std::string> paths;
  for (std::uint64_t segment = 1; segment <= *segments; ++segment) {
    auto lines = SegmentLines::open(journal, segment, 0, notes);
    if (!lines) return lines.error();
    while (true) {
      const auto line = lines->next(notes);
      if (!line) return line.error();
      if (!*line) break;
      const std::string_view type = line_type((*line)->text);
      if (type != "folder" && type != "folder-gone") continue;
      const auto parsed = parse_line((*line)->text, *journal.places);
      if (!parsed) return lines->damage(parsed.error().what);
      const auto* record = std::get_if<Record>(&*parsed);
      if (const auto* folder = std::get_if<FolderRecord>(record)) paths[folder->id] = folder->path;
      if (const auto* gone = std::get_if<FolderGoneRecord>(record)) paths.erase(gone->id);
    }
  }
  return paths;
}

}  // namespace imapkeep
