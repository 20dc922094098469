#include "sync/journal/file_segments.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace imapkeep {
namespace {

constexpr std::size_t kDigits = 10;
constexpr std::string_view kSuffix = ".jsonl";

std::optional<std::uint64_t> segment_number(std::string_view file) {
  if (file.size() != kDigits + kSuffix.size() || file.substr(kDigits) != kSuffix) {
    return std::nullopt;
  }
  return parse_u64(file.substr(0, kDigits));
}

class FileReader final : public SegmentReader {
 public:
  explicit FileReader(std::unique_ptr<InFile> file) : file_(std::move(file)) {}
  Result<std::size_t> read(std::span<char> into) override { return file_->read(into); }

 private:
  std::unique_ptr<InFile> file_;
};

class OpenFile final : public OpenSegment {
 public:
  OpenFile(std::unique_ptr<OutFile> file, std::string mark)
      : file_(std::move(file)), mark_(std::move(mark)) {}
  Result<Done> append(ByteView bytes) override {
    if (const auto wrote = file_->write(bytes); !wrote) return wrote;
    return file_->sync();
  }
  Result<Done> close() override { return file_->close(); }
  [[nodiscard]] const std::string& mark() const override { return mark_; }

 private:
  std::unique_ptr<OutFile> file_;
  std::string mark_;
};

/// Eight bytes, which a string holds in itself: there is one for each account.
std::string mark_of(const FileFacts& facts) {
  std::string mark;
  for (int shift = 0; shift < 64; shift += 8) {
    mark += static_cast<char>(facts.inode >> shift & 0xff);
  }
  return mark;
}

}  // namespace

std::string segment_file(std::uint64_t segment) {
  std::string digits = std::to_string(segment);
  digits.insert(0, digits.size() < kDigits ? kDigits - digits.size() : 0, '0');
  return digits.append(kSuffix);
}

std::string FileSegments::describe(std::uint64_t segment) const {
  return directory_->path() + "/" + segment_file(segment);
}

Result<std::vector<std::uint64_t>> FileSegments::list() {
  std::vector<std::uint64_t> segments;
  const auto listed = directory_->list([&segments](std::string_view file) {
    if (const auto number = segment_number(file)) segments.push_back(*number);
    return true;
  });
  if (!listed) return listed.error();
  std::sort(segments.begin(), segments.end());
  return segments;
}

Result<std::uint64_t> FileSegments::size(std::uint64_t segment) {
  const auto facts = directory_->stat(segment_file(segment));
  if (!facts) return facts.error();
  if (!*facts) return store_error(describe(segment) + ": it is not there", ENOENT);
  return (*facts)->size;
}

Result<std::unique_ptr<SegmentReader>> FileSegments::read(std::uint64_t segment,
                                                          std::uint64_t offset) {
  auto file = directory_->read(segment_file(segment));
  if (!file) return file.error();
  if (offset > 0) {
    if (const auto moved = (*file)->seek(offset); !moved) return moved.error();
  }
  return std::unique_ptr<SegmentReader>(std::make_unique<FileReader>(std::move(*file)));
}

Result<std::unique_ptr<OpenSegment>> FileSegments::create(std::uint64_t segment, ByteView first) {
  auto file = directory_->create(segment_file(segment));
  if (!file) return file.error();
  failed_ = segment;
  auto open = fill(std::move(*file), segment, first);
  if (open) failed_ = 0;
  return open;
}

Result<std::unique_ptr<OpenSegment>> FileSegments::fill(std::unique_ptr<OutFile> file,
                                                        std::uint64_t segment, ByteView first) {
  auto inode = mark(segment);
  if (!inode) return inode.error();
  if (inode->empty()) {
    return store_error(describe(segment) +
                       ": it was made and is not there; something removes files of this store and "
                       "must be stopped before the next sync");
  }
  auto open = std::make_unique<OpenFile>(std::move(file), *std::move(inode));
  if (const auto written = open->append(first); !written) return written.error();
  if (const auto synced = directory_->sync(); !synced) return synced.error();
  return std::unique_ptr<OpenSegment>(std::move(open));
}

Result<Done> FileSegments::discard_failed() {
  if (failed_ == 0) return Done{};
  const auto gone = directory_->unlink(segment_file(failed_));
  if (!gone) return gone.error();
  if (const auto synced = directory_->sync(); !synced) return synced;
  failed_ = 0;
  return Done{};
}

Result<Done> FileSegments::replace(std::uint64_t segment, std::optional<std::uint64_t> keep,
                                   ByteView tail) {
  const std::string name = segment_file(segment);
  const std::string beside = name + ".new";
  if (const auto old = directory_->unlink(beside); !old) return old.error();
  auto from = directory_->read(name);
  if (!from) return from.error();
  auto to = directory_->create(beside);
  if (!to) return to.error();
  std::string block(64U << 10, '\0');
  for (std::uint64_t left = keep.value_or(UINT64_MAX); left > 0;) {
    const std::size_t want = static_cast<std::size_t>(std::min<std::uint64_t>(left, block.size()));
    const auto read = (*from)->read(std::span<char>(block.data(), want));
    if (!read) return read.error();
    if (*read == 0) {
      if (!keep) break;
      return store_error(describe(segment) + ": it has become shorter");
    }
    if (const auto wrote = (*to)->write(ByteView(block).substr(0, *read)); !wrote) return wrote;
    left -= *read;
  }
  if (const auto wrote = (*to)->write(tail); !wrote) return wrote;
  if (const auto synced = (*to)->sync(); !synced) return synced;
  if (const auto closed = (*to)->close(); !closed) return closed;
  if (const auto placed = directory_->replace(beside, name); !placed) return placed;
  return directory_->sync();
}

Result<std::string> FileSegments::mark(std::uint64_t segment) {
  const auto facts = directory_->stat(segment_file(segment));
  if (!facts) return facts.error();
  return *facts ? mark_of(**facts) : std::string();
}

}  // namespace imapkeep
