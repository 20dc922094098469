// A journal's segments as a store of immutable objects would keep them: each append is an object,
// named by segment and offset and made only if there is none of that name; nothing but replace()
// takes one away. Calls that change something can fail as a network's do: before anything was done,
// or with everything done and the answer lost.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "sync/journal/segment_storage.h"

namespace imapkeep {

class ObjectSegments final : public SegmentStorage {
 public:
  enum class Fault { kNotDone, kAnswerLost };
  using Objects = std::map<std::uint64_t, std::string>;  ///< by offset

  /// What every process that uses the bucket sees.
  struct Bucket {
    std::map<std::uint64_t, Objects> segments;
    std::map<std::uint64_t, std::string> marks;  ///< a segment's version
    std::uint64_t versions = 0;
  };

  explicit ObjectSegments(Bucket& bucket) : bucket_(bucket) {}

  /// The n-th call that changes something from now (1 is the next) fails, alone or with all others.
  void fail_at(std::uint64_t n, Fault fault, bool for_ever = false);
  void no_faults() { fail_at(0, Fault::kNotDone); }

  [[nodiscard]] std::string describe() const override { return "bucket/journal"; }
  [[nodiscard]] std::string describe(std::uint64_t segment) const override;
  Result<std::vector<std::uint64_t>> list() override;
  Result<std::uint64_t> size(std::uint64_t segment) override;
  Result<std::unique_ptr<SegmentReader>> read(std::uint64_t segment, std::uint64_t offset) override;
  Result<std::unique_ptr<OpenSegment>> create(std::uint64_t segment, ByteView first) override;
  Result<Done> discard_failed() override;
  Result<Done> replace(std::uint64_t segment, std::optional<std::uint64_t> keep,
                       ByteView tail) override;
  Result<std::string> mark(std::uint64_t segment) override;

  /// One object, if there is none of that name.
  Result<Done> put_new(std::uint64_t segment, std::uint64_t offset, ByteView bytes);

 private:
  /// Does `change`, or fails, or both.
  template <class Change>
  Result<Done> try_to(Change change);
  Result<std::string> whole(std::uint64_t segment) const;

  Bucket& bucket_;
  std::uint64_t calls_ = 0;
  std::uint64_t fail_call_ = 0;  ///< 0: none
  Fault fault_ = Fault::kNotDone;
  bool for_ever_ = false;
  std::uint64_t failed_ = 0;  ///< a segment of which nobody knows whether it was made; 0: none
};

}  // namespace imapkeep
