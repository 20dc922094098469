// What every place for a journal must promise, whatever it is made of (segment_storage.h).
#include "sync/journal/segment_storage.h"

#include <cerrno>
#include <filesystem>

#include "daemon/io/posix_files.h"
#include "tests/support/temporary_directory.h"
#include "tests/sync/journal/journal_fixture.h"

using namespace imapkeep;

namespace {

enum class Made { kOfMemoryFiles, kOfRealFiles, kOfObjects };

/// One place, and the processes that use it.
class Place {
 public:
  explicit Place(Made made) : made_(made) {
    disk_.put("/journal/", "");
    here_ = another();
  }
  SegmentStorage& here() { return *here_; }
  /// The same place, as another process has opened it.
  [[nodiscard]] std::unique_ptr<SegmentStorage> another() {
    if (made_ == Made::kOfObjects) return std::make_unique<ObjectSegments>(bucket_);
    auto opened =
        made_ == Made::kOfRealFiles ? files_.open_root(real_.path()) : disk_.open_root("/journal");
    REQUIRE(opened);
    return std::make_unique<FileSegments>(std::move(*opened));
  }
  /// Behind everybody's back.
  void remove(std::uint64_t segment) {
    bucket_.segments.erase(segment);
    bucket_.marks.erase(segment);
    std::filesystem::remove(real_.file(segment_file(segment)));
    if (made_ == Made::kOfMemoryFiles) disk_.remove("/journal/" + segment_file(segment));
  }

 private:
  Made made_;
  MemoryDisk disk_;
  TemporaryDirectory real_;
  PosixFiles files_;
  ObjectSegments::Bucket bucket_;
  std::unique_ptr<SegmentStorage> here_;
};

Made any_made() { return GENERATE(Made::kOfMemoryFiles, Made::kOfRealFiles, Made::kOfObjects); }

using Numbers = std::vector<std::uint64_t>;

Numbers list(SegmentStorage& segments) {
  auto numbers = segments.list();
  REQUIRE(numbers);
  return *numbers;
}

std::unique_ptr<OpenSegment> create(SegmentStorage& segments, std::uint64_t segment,
                                    ByteView first) {
  auto made = segments.create(segment, first);
  if (!made) FAIL(made.error().what);
  return std::move(*made);
}

std::string text_of(SegmentStorage& segments, std::uint64_t segment, std::uint64_t offset = 0,
                    std::size_t step = 4096) {
  const auto reader = segments.read(segment, offset);
  REQUIRE(reader);
  std::string text;
  std::string block(step, '\0');
  while (true) {
    const auto read = (*reader)->read(block);
    REQUIRE(read);
    if (*read == 0) return text;
    text.append(block, 0, *read);
  }
}

}  // namespace

TEST_CASE("where nothing was made there is nothing") {
  Place place(any_made());
  CHECK(list(place.here()).empty());
  CHECK_FALSE(place.here().read(1, 0));
  CHECK_FALSE(place.here().size(1));
  CHECK_FALSE(place.here().replace(1, std::nullopt, "x"));
  CHECK(*place.here().mark(1) == "");
  CHECK(place.here().discard_failed());
  CHECK(list(place.here()).empty());
  CHECK(place.here().describe(7) != place.here().describe(8));
}

TEST_CASE("what was appended is seen by everybody, from any byte on") {
  Place place(any_made());
  const auto reader = place.another();
  const auto open = create(place.here(), 1, "first\n");
  CHECK(list(*reader) == Numbers{1});
  CHECK(text_of(*reader, 1) == "first\n");
  REQUIRE(open->append("second\n"));
  REQUIRE(open->append(std::string("\0\xff\n", 3)));
  const std::string whole = "first\nsecond\n" + std::string("\0\xff\n", 3);
  for (const std::size_t step : {std::size_t{1}, std::size_t{5}, std::size_t{4096}}) {
    for (std::size_t offset = 0; offset <= whole.size(); ++offset) {
      CHECK(text_of(*reader, 1, offset, step) == whole.substr(offset));
    }
  }
  CHECK(*reader->size(1) == whole.size());
  REQUIRE(open->close());
  CHECK(text_of(*reader, 1) == whole);
}

TEST_CASE("segments are listed by number, whatever was made first") {
  Place place(any_made());
  for (const std::uint64_t segment : {3U, 1U, 12U, 2U}) create(place.here(), segment, "x");
  CHECK(list(*place.another()) == Numbers{1, 2, 3, 12});
}

TEST_CASE("a segment is made once, and who comes second changes nothing") {
  Place place(any_made());
  const auto late = place.another();
  const auto open = create(place.here(), 1, "first\n");
  for (SegmentStorage* second : {late.get(), &place.here()}) {
    const auto refused = second->create(1, "other\n");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().os_code == EEXIST);
    REQUIRE(second->discard_failed());  // nothing of its own is there
    CHECK(text_of(*late, 1) == "first\n");
  }
  REQUIRE(open->append("second\n"));
  CHECK(text_of(*late, 1) == "first\nsecond\n");
  create(*late, 2, "next\n");
  CHECK(list(place.here()) == Numbers{1, 2});
}

TEST_CASE("a segment is cut back to where an append has ended, and is given another end") {
  Place place(any_made());
  {
    const auto open = create(place.here(), 1, "first\n");
    REQUIRE(open->append("second\n"));
    REQUIRE(open->append("third\n"));
  }
  const auto reader = place.another();
  REQUIRE(place.here().replace(1, std::nullopt, ""));
  CHECK(text_of(*reader, 1) == "first\nsecond\nthird\n");
  REQUIRE(place.here().replace(1, 13, "end\n"));
  CHECK(text_of(*reader, 1) == "first\nsecond\nend\n");
  REQUIRE(place.here().replace(1, 13, ""));
  CHECK(text_of(*reader, 1) == "first\nsecond\n");
  REQUIRE(place.here().replace(1, std::nullopt, "end\n"));
  CHECK(text_of(*reader, 1) == "first\nsecond\nend\n");
  CHECK_FALSE(place.here().replace(1, 1000, "end\n"));
  CHECK(text_of(*reader, 1) == "first\nsecond\nend\n");
  CHECK(list(*reader) == Numbers{1});  // nothing lies beside it that could be taken for another
}

TEST_CASE("a segment is known by its mark until it is another one") {
  Place place(any_made());
  const auto open = create(place.here(), 1, "first\n");
  const std::string mark = open->mark();
  CHECK_FALSE(mark.empty());
  const auto other = place.another();
  CHECK(*other->mark(1) == mark);
  REQUIRE(open->append("second\n"));
  CHECK(*other->mark(1) == mark);
  CHECK(create(place.here(), 2, "first\n")->mark() != mark);
  place.remove(1);
  CHECK(*other->mark(1) == "");
  create(*other, 1, "first\n");
  CHECK(*other->mark(1) != mark);
  CHECK_FALSE(other->mark(1)->empty());
}

TEST_CASE("what could not be made is taken away, and can be made then") {
  const Kept kept = GENERATE(Kept::kFiles, Kept::kObjects, Kept::kLossyObjects);
  std::size_t failures = 0;
  for (std::uint64_t n = 1;; ++n) {
    CAPTURE(n);
    Journal journal(kept);
    journal.fail_at(n, ENOSPC);
    if (journal.segments().create(1, "first\n")) break;
    ++failures;
    const bool for_ever = n % 2 == 0;
    journal.fail_at(1, EIO, for_ever);
    (void)journal.segments().discard_failed();
    journal.no_faults();
    REQUIRE(journal.segments().discard_failed());
    CHECK(list(journal.segments()).empty());
    create(journal.segments(), 1, "again\n");
    journal.cut_power();
    CHECK(text_of(journal.segments(), 1) == "again\n");
  }
  CHECK(failures == (kept == Kept::kFiles ? 4 : 1));
}

TEST_CASE("a cut that fails leaves the segment as it was or as it should be") {
  const Kept kept = GENERATE(Kept::kFiles, Kept::kObjects, Kept::kLossyObjects);
  const bool killed = GENERATE(true, false);
  std::size_t failures = 0;
  for (std::uint64_t n = 1;; ++n) {
    CAPTURE(n);
    Journal journal(kept);
    REQUIRE(create(journal.segments(), 1, "first\n")->append("second\n"));
    journal.fail_at(n, EIO, killed);
    const auto cut = journal.segments().replace(1, 6, "end\n");
    if (cut) break;
    ++failures;
    if (killed) journal.kill();
    const std::string text = text_of(journal.segments(), 1);
    CHECK((text == "first\nsecond\n" || text == "first\nend\n"));
    journal.no_faults();
    REQUIRE(journal.segments().replace(1, 6, "end\n"));
    journal.cut_power();
    CHECK(text_of(journal.segments(), 1) == "first\nend\n");
  }
  CHECK(failures >= (kept == Kept::kFiles ? 5 : 1));
}
