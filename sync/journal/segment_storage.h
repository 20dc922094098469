// Port: where one journal's segments are kept. A segment is a run of bytes with a number from 1;
// one process makes it and appends to it, everybody may read it, and nobody writes to another's.
// What the calls promise below is all that the journal relies on, so that it may lie in files
// (file_segments.h) as well as in a store of immutable objects: there each append is one object,
// named by segment and offset and made only if there is none of that name, and replace() makes the
// one at `keep` anew. Every call blocks.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "daemon/base/bytes.h"
#include "daemon/base/result.h"

namespace imapkeep {

class SegmentReader {
 public:
  virtual ~SegmentReader() = default;
  virtual Result<std::size_t> read(std::span<char> into) = 0;  ///< 0 at the end
};

/// A segment of which this process is the writer. Destroying it ends the writing, and no more.
class OpenSegment {
 public:
  virtual ~OpenSegment() = default;
  /// Durable when it returns. After an error none, some or all of the bytes may be there, now or
  /// later; nothing is appended any more, and SegmentStorage::replace decides.
  virtual Result<Done> append(ByteView bytes) = 0;
  /// Nothing follows. An error: what was appended last may not be there.
  virtual Result<Done> close() = 0;
  /// As SegmentStorage::mark says it of this segment, as long as this object lives.
  [[nodiscard]] virtual const std::string& mark() const = 0;
};

class SegmentStorage {
 public:
  virtual ~SegmentStorage() = default;
  /// For messages only: the journal's place, and a segment's.
  [[nodiscard]] virtual std::string describe() const = 0;
  [[nodiscard]] virtual std::string describe(std::uint64_t segment) const = 0;

  /// The numbers of the segments that are there, ascending.
  virtual Result<std::vector<std::uint64_t>> list() = 0;
  virtual Result<std::uint64_t> size(std::uint64_t segment) = 0;
  /// What is there from `offset` on.
  virtual Result<std::unique_ptr<SegmentReader>> read(std::uint64_t segment,
                                                      std::uint64_t offset) = 0;

  /// A new segment that begins with `first`, durable when it returns: then `list` tells it to
  /// everybody. Of two that make the same one, at any distance, one at most succeeds.
  virtual Result<std::unique_ptr<OpenSegment>> create(std::uint64_t segment, ByteView first) = 0;
  /// Takes away what a create() of this object that has failed may have left, and nothing of
  /// anybody else. Nothing to do is success. Until it has succeeded, create() may fail.
  virtual Result<Done> discard_failed() = 0;
  /// The segment is its first `keep` bytes (none given: all that are there) and then `tail`,
  /// durable when it returns, and however uncertain the bytes were before. `keep` is where an
  /// append has ended; a `tail` there also keeps out what a failed append might still write later.
  /// Whoever dies meanwhile leaves the segment as it was or as it should be.
  /// Nobody is writing to it.
  virtual Result<Done> replace(std::uint64_t segment, std::optional<std::uint64_t> keep,
                               ByteView tail) = 0;

  /// By which a segment is told from one of the same number in a copy of the journal, or in
  /// another; any bytes. Empty: there is no such segment.
  virtual Result<std::string> mark(std::uint64_t segment) = 0;
};

}  // namespace imapkeep
