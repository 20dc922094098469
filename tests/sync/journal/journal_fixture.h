// Records and lines for the tests of the journal, and a journal that lies in files or in objects.
#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "daemon/base/hash.h"
#include "sync/journal/file_segments.h"
#include "sync/journal/journal_codec.h"
#include "sync/journal/journal_reader.h"
#include "sync/journal/journal_writer.h"
#include "tests/support/fake_places.h"
#include "tests/support/memory_files.h"
#include "tests/support/object_segments.h"

namespace imapkeep {

inline const std::string kStore = "0123456789abcdef0123456789abcdef";
inline const auto kPlaces = std::make_shared<const BasePlaces>();

inline MessageRecord message(std::uint32_t uid) {
  MessageRecord record;
  record.key = {{7}, {1700000000}, {uid}};
  record.server_id = "1766\"%\\\xff";
  record.internal_date = 1771568830;
  record.rfc822_size = UINT64_MAX;
  record.identity = {Sha256::of("x"), 0x71c34c671bcb1da4, 3444, 3500};
  record.number = 3;
  record.flags.seen = true;
  record.flags.flagged = true;
  record.flags.keywords = {"$Junk", "Caf\xe9", "a\"b", "\n"};
  record.decided = Decided::kInferred;
  record.at_ms = 1795000000123;
  return record;
}

inline std::vector<Record> every_kind() {
  FolderRecord folder{
      {1}, {"Entw&APw-rfe\x01", NameEncoding::kUtf7}, '.', "Entw\xc3\xbc\"\\%01", 5};
  FolderRecord nil{{2}, {"\xff", NameEncoding::kUtf8}, 0, "%FF", 6};
  FlagsRecord flags{{{1}, {2}, {3}}, message(1).flags, -1};
  std::vector<Record> records{message(812), folder, nil, flags};
  records.push_back(FolderRenamingRecord{{1}, {"b", NameEncoding::kUtf8}, '/', "a/x", "b", 7});
  for (const GoneTo to : {GoneTo::kKept, GoneTo::kMoved, GoneTo::kRemoved, GoneTo::kLost}) {
    records.push_back(GoneRecord{{{1}, {2}, {UINT32_MAX}}, to, 8});
  }
  records.push_back(GoneRecord{{{1}, {2}, {3}}, GoneTo::kKept, 8, "2026-11-23/a\"/cur/b~2:2,S"});
  MessageRecord doubted = message(813);
  doubted.internal_date = 0;
  doubted.date = "31-Dec-1969 23:59:59 +0100";
  doubted.doubtful = "30071 octets were announced,\n129 came twice";
  records.push_back(doubted);
  records.push_back(OwnerRecord{"imap.example.org", "me\"@example.org", "", 11});
  for (const auto kind : {NotedRecord::Kind::kExpired, NotedRecord::Kind::kForgotten,
                          NotedRecord::Kind::kProof, NotedRecord::Kind::kInferredSettled}) {
    records.push_back(NotedRecord{kind, 12});
  }
  records.push_back(FolderGoneRecord{{1}, 9});
  records.push_back(QuarantineRecord{{{1}, {2}, {3}}, "the server said \"no\", 100%\r\n", 10});
  return records;
}

inline std::string line_of(const Record& record) {
  std::string line;
  append_line(line, record, *kPlaces);
  return line;
}

inline std::string durable(const std::string& rest) {
  return "{\"c\":\"" + to_hex(Xxh3::of(rest)) + "\"," + rest;
}

inline std::string header(std::uint64_t segment) {
  std::string line;
  append_line(line, SegmentHeader{1, kStore, segment, 1});
  return line;
}

inline std::string end(std::uint64_t records) {
  std::string line;
  append_line(line, SegmentEnd{records, 1, {}});
  return line;
}

/// Where a journal lies, and what its faults are.
enum class Kept {
  kFiles,         ///< calls fail that were done by half
  kObjects,       ///< calls fail that were not done
  kLossyObjects,  ///< calls fail that were done
};

class Journal {
 public:
  explicit Journal(Kept kept) : kept_(kept) {
    disk_.put("/journal/", "");
    start_again();
  }

  SegmentStorage& segments() { return *segments_; }
  JournalAccess access() { return {segments_.get(), kStore, kPlaces}; }
  JournalWriter writer() {
    const auto end = survey();
    REQUIRE(end);
    return {access(), end->last_segment, end->end};
  }
  Result<JournalEnd> survey() { return survey_journal(access(), notes); }
  Result<JournalChunk> read(JournalPosition from = {}, std::size_t limit = 1000) {
    return read_journal_records(access(), from, limit, notes);
  }

  /// What somebody else has written there.
  void put(std::uint64_t segment, const std::string& text) {
    disk_.put("/journal/" + segment_file(segment), text);
    bucket_.segments[segment] = {{0, text}};
  }
  /// Somebody has removed it.
  void remove(std::uint64_t segment) {
    disk_.remove("/journal/" + segment_file(segment));
    bucket_.segments.erase(segment);
    bucket_.marks.erase(segment);
  }
  [[nodiscard]] bool is_empty() const { return disk_.files().empty() && bucket_.segments.empty(); }

  /// The n-th call from now that changes something fails, alone or with all that follow.
  void fail_at(std::uint64_t n, int code, bool for_ever = false) {
    disk_.fail_at(n, code, for_ever);
    const bool lossy = kept_ == Kept::kLossyObjects;
    using Fault = ObjectSegments::Fault;
    if (objects_) objects_->fail_at(n, lossy ? Fault::kAnswerLost : Fault::kNotDone, for_ever);
  }
  void no_faults() {
    disk_.no_faults();
    if (objects_) objects_->no_faults();
  }
  /// The process is killed, and another begins.
  void kill() {
    disk_.reopen();
    start_again();
  }
  /// The same, and what was not durable is lost.
  void cut_power() {
    disk_.power_cut(MemoryDisk::Cut::kLoseNames);
    start_again();
  }

  Notes notes;

 private:
  void start_again() {
    objects_ = nullptr;
    if (kept_ == Kept::kFiles) {
      segments_ = std::make_unique<FileSegments>(std::move(*disk_.open_root("/journal")));
      return;
    }
    auto objects = std::make_unique<ObjectSegments>(bucket_);
    objects_ = objects.get();
    segments_ = std::move(objects);
  }

  Kept kept_;
  MemoryDisk disk_;
  ObjectSegments::Bucket bucket_;
  std::unique_ptr<SegmentStorage> segments_;
  ObjectSegments* objects_ = nullptr;  ///< segments_, where they are objects
};

}  // namespace imapkeep
