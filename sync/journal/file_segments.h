// A journal's segments as files of one directory: 0000000001.jsonl, 0000000002.jsonl … The port of
// files knows no truncation, and pages that an fsync has failed for once may never reach the disk,
// whatever a later fsync says; so replace() writes a segment anew beside itself and renames it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "daemon/base/files.h"
#include "sync/journal/segment_storage.h"

namespace imapkeep {

class FileSegments final : public SegmentStorage {
 public:
  explicit FileSegments(std::unique_ptr<Directory> directory) : directory_(std::move(directory)) {}

  /// The directory is closed until attach(); nothing may be called meanwhile. A segment that is
  /// being written stays open.
  void detach() { directory_.reset(); }
  /// The same directory, opened again.
  void attach(std::unique_ptr<Directory> directory) { directory_ = std::move(directory); }
  [[nodiscard]] std::unique_ptr<Directory> take_directory() { return std::move(directory_); }

  [[nodiscard]] std::string describe() const override { return directory_->path(); }
  [[nodiscard]] std::string describe(std::uint64_t segment) const override;
  Result<std::vector<std::uint64_t>> list() override;
  Result<std::uint64_t> size(std::uint64_t segment) override;
  Result<std::unique_ptr<SegmentReader>> read(std::uint64_t segment, std::uint64_t offset) override;
  Result<std::unique_ptr<OpenSegment>> create(std::uint64_t segment, ByteView first) override;
  Result<Done> discard_failed() override;
  Result<Done> replace(std::uint64_t segment, std::optional<std::uint64_t> keep,
                       ByteView tail) override;
  /// The inode's number: a file that is open keeps it, so nothing else can have it.
  Result<std::string> mark(std::uint64_t segment) override;

 private:
  Result<std::unique_ptr<OpenSegment>> fill(std::unique_ptr<OutFile> file, std::uint64_t segment,
                                            ByteView first);

  std::unique_ptr<Directory> directory_;
  std::uint64_t failed_ = 0;  ///< a segment that was made and could not be filled; 0: none
};

/// A segment's file name.
std::string segment_file(std::uint64_t segment);

}  // namespace imapkeep
