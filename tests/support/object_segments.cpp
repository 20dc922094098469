#include "tests/support/object_segments.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace imapkeep {
namespace {

class TextReader final : public SegmentReader {
 public:
  explicit TextReader(std::string text) : text_(std::move(text)) {}
  Result<std::size_t> read(std::span<char> into) override {
    const std::size_t bytes = std::min(into.size(), text_.size() - at_);
    std::copy_n(text_.data() + at_, bytes, into.data());
    at_ += bytes;
    return bytes;
  }

 private:
  std::string text_;
  std::size_t at_ = 0;
};

class OpenObjects final : public OpenSegment {
 public:
  OpenObjects(ObjectSegments& storage, std::uint64_t segment, std::uint64_t end, std::string mark)
      : storage_(storage), segment_(segment), end_(end), mark_(std::move(mark)) {}
  Result<Done> append(ByteView bytes) override {
    const auto put = storage_.put_new(segment_, end_, bytes);
    if (put) end_ += bytes.size();
    return put;
  }
  Result<Done> close() override { return Done{}; }
  [[nodiscard]] const std::string& mark() const override { return mark_; }

 private:
  ObjectSegments& storage_;
  std::uint64_t segment_;
  std::uint64_t end_;
  std::string mark_;
};

}  // namespace

void ObjectSegments::fail_at(std::uint64_t n, Fault fault, bool for_ever) {
  fail_call_ = n == 0 ? 0 : calls_ + n;
  fault_ = fault;
  for_ever_ = for_ever;
}

template <class Change>
Result<Done> ObjectSegments::try_to(Change change) {
  ++calls_;
  const bool fails =
      fail_call_ != 0 && (calls_ == fail_call_ || (for_ever_ && calls_ > fail_call_));
  const Result<Done> done = fails && fault_ == Fault::kNotDone ? Done{} : change();
  return fails ? Result<Done>(store_error("the bucket did not answer", ETIMEDOUT)) : done;
}

std::string ObjectSegments::describe(std::uint64_t segment) const {
  return describe() + "/" + std::to_string(segment);
}

Result<std::vector<std::uint64_t>> ObjectSegments::list() {
  std::vector<std::uint64_t> numbers;
  for (const auto& [segment, objects] : bucket_.segments) numbers.push_back(segment);
  return numbers;
}

Result<std::string> ObjectSegments::whole(std::uint64_t segment) const {
  const auto found = bucket_.segments.find(segment);
  if (found == bucket_.segments.end()) {
    return store_error(describe(segment) + ": there is no such segment", ENOENT);
  }
  std::string text;
  for (const auto& [offset, bytes] : found->second) {
    if (offset == text.size()) text += bytes;
  }
  return text;
}

Result<std::uint64_t> ObjectSegments::size(std::uint64_t segment) {
  const auto text = whole(segment);
  if (!text) return text.error();
  return std::uint64_t{text->size()};
}

Result<std::unique_ptr<SegmentReader>> ObjectSegments::read(std::uint64_t segment,
                                                            std::uint64_t offset) {
  auto text = whole(segment);
  if (!text) return text.error();
  text->erase(0, static_cast<std::size_t>(offset));
  return std::unique_ptr<SegmentReader>(std::make_unique<TextReader>(*std::move(text)));
}

Result<Done> ObjectSegments::put_new(std::uint64_t segment, std::uint64_t offset, ByteView bytes) {
  return try_to([&]() -> Result<Done> {
    const auto there = bucket_.segments.find(segment);
    if (there != bucket_.segments.end() && there->second.contains(offset)) {
      return store_error(describe(segment) + ": somebody else has written it", EEXIST);
    }
    if (offset == 0) bucket_.marks[segment] = std::to_string(++bucket_.versions);
    bucket_.segments[segment][offset] = std::string(bytes);
    return Done{};
  });
}

Result<std::unique_ptr<OpenSegment>> ObjectSegments::create(std::uint64_t segment, ByteView first) {
  const auto made = put_new(segment, 0, first);
  if (!made) {
    if (made.error().os_code != EEXIST) failed_ = segment;
    return made.error();
  }
  return std::unique_ptr<OpenSegment>(
      std::make_unique<OpenObjects>(*this, segment, first.size(), bucket_.marks[segment]));
}

// A true bucket would be asked whose bytes stand there; here nobody else makes one meanwhile.
Result<Done> ObjectSegments::discard_failed() {
  if (failed_ == 0) return Done{};
  const auto gone = try_to([&]() -> Result<Done> {
    bucket_.segments.erase(failed_);
    bucket_.marks.erase(failed_);
    return Done{};
  });
  if (gone) failed_ = 0;
  return gone;
}

Result<Done> ObjectSegments::replace(std::uint64_t segment, std::optional<std::uint64_t> keep,
                                     ByteView tail) {
  const auto text = whole(segment);
  if (!text) return text.error();
  if (keep && *keep > text->size())
    return store_error(describe(segment) + ": it has become shorter");
  return try_to([&]() -> Result<Done> {
    Objects& objects = bucket_.segments[segment];
    const std::uint64_t end = keep.value_or(text->size());
    objects.erase(objects.lower_bound(end), objects.end());
    if (!tail.empty()) objects[end] = std::string(tail);
    return Done{};
  });
}

Result<std::string> ObjectSegments::mark(std::uint64_t segment) {
  const auto found = bucket_.marks.find(segment);
  return found == bucket_.marks.end() ? std::string() : found->second;
}

}  // namespace imapkeep
