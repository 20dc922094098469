#include <cerrno>

#include "sync/journal/segment_lines.h"
#include "tests/sync/journal/journal_fixture.h"

using namespace imapkeep;

namespace {

/// Every test is run over each; those in which calls fail, over every way of failing.
Kept any_kept() { return GENERATE(Kept::kFiles, Kept::kObjects); }
Kept any_faulty() { return GENERATE(Kept::kFiles, Kept::kObjects, Kept::kLossyObjects); }

}  // namespace

TEST_CASE("what was appended is read back, by any number of steps") {
  const Kept kept = any_kept();
  Journal journal(kept);
  const std::vector<Record> records = every_kind();
  auto writer = journal.writer();
  CHECK(journal.is_empty());  // nothing to say, nothing written
  const auto first = writer.append({records[0], records[1]}, 1);
  REQUIRE(first);
  const auto second = writer.append({records.begin() + 2, records.end()}, 2);
  REQUIRE(second);
  for (const std::size_t limit : {1U, 2U, 1000U}) {
    std::vector<Record> read;
    JournalPosition at;
    for (bool more = true; more;) {
      const auto chunk = journal.read(at, limit);
      REQUIRE(chunk);
      read.insert(read.end(), chunk->records.begin(), chunk->records.end());
      at = chunk->next;
      more = !chunk->at_end;
    }
    CHECK(read == records);
    CHECK(at == *second);
  }
  CHECK(journal.read(*first)->records.size() == records.size() - 2);
  CHECK(journal.read(*second)->records.empty());
  REQUIRE(writer.close(3));
  CHECK(journal.survey()->clean);
  CHECK(journal.survey()->unclaimed.empty());
  CHECK(journal.survey()->end == *second);
  auto next = journal.writer();
  const auto third = next.append({records[0]}, 4);
  REQUIRE(third);
  CHECK(third->segment == 2);
  CHECK(journal.read(*second)->records.size() == 1);
}

TEST_CASE("whoever only reads sees the journal's end and writes nothing") {
  const Kept kept = any_kept();
  Journal journal(kept);
  JournalWriter writer = journal.writer();
  REQUIRE(writer.append({message(1)}, 1));
  const JournalPosition end = writer.end();
  SECTION("beside a writer that is at work") {}
  SECTION("behind a torn line") { journal.put(1, header(1) + line_of(message(1)) + "{\"c\":\"01"); }
  journal.fail_at(1, EROFS, true);
  const auto looked = look_at_journal_end(journal.access(), journal.notes);
  REQUIRE(looked);
  CHECK(looked->end == end);
  CHECK_FALSE(looked->clean);
  CHECK(looked->last_segment == 1);
  CHECK_FALSE(journal.survey());  // a writer's way cannot
}

TEST_CASE("a segment that was removed is not the one that is being written") {
  const Kept kept = any_kept();
  Journal journal(kept);
  JournalWriter writer = journal.writer();
  REQUIRE(writer.append({message(1)}, 1));
  CHECK(*writer.is_in(journal.segments()));
  journal.remove(1);
  CHECK_FALSE(*writer.is_in(journal.segments()));
  journal.put(1, header(1));  // another one of its number
  CHECK_FALSE(*writer.is_in(journal.segments()));
}

TEST_CASE("where there may be what nobody claims is told to the next writer") {
  const Kept kept = any_kept();
  const std::vector<std::string> folders{"INBOX", "Entw\xc3\xbcrfe/\"x\\y"};
  Journal journal(kept);
  CHECK(journal.survey()->clean);
  auto writer = journal.writer();
  REQUIRE(writer.append({every_kind().front()}, 1));
  REQUIRE(writer.close(2, folders));
  CHECK(journal.survey()->clean);
  CHECK(journal.survey()->unclaimed == folders);
  auto next = journal.writer();
  REQUIRE(next.append({every_kind().front()}, 3));
  REQUIRE(next.close(4));
  CHECK(journal.survey()->clean);
  CHECK(journal.survey()->unclaimed.empty());
  auto third = journal.writer();
  REQUIRE(third.append({every_kind().front()}, 5));
  CHECK_FALSE(journal.survey()->clean);
  CHECK(journal.survey()->unclaimed == std::vector<std::string>{""});  // it may be anywhere
}

TEST_CASE("a segment torn at any byte of its last line loses that line only") {
  const Kept kept = any_kept();
  const std::vector<Record> records = every_kind();
  const std::string head = header(1) + line_of(records[0]) + line_of(records[1]);
  const std::string last = line_of(records[2]);
  for (std::size_t size = 1; size < last.size(); ++size) {
    Journal journal(kept);
    journal.put(1, head + last.substr(0, size));
    const auto chunk = journal.read();
    REQUIRE(chunk);
    CHECK(chunk->records.size() == 2);
    CHECK(chunk->next == JournalPosition{1, head.size()});
    CHECK(journal.notes.size() == 1);
    const auto survey = journal.survey();
    CHECK(survey->end == chunk->next);
    CHECK_FALSE(survey->clean);
    // The next process goes on behind it.
    auto writer = journal.writer();
    REQUIRE(writer.append({records[3]}, 1));
    CHECK(journal.read()->records.size() == 3);
    CHECK(journal.read(chunk->next)->records.size() == 1);
  }
  for (std::size_t size = 0; size < header(1).size(); ++size) {
    Journal journal(kept);
    journal.put(1, header(1).substr(0, size));
    CHECK(journal.survey()->end == JournalPosition{});
    CHECK_FALSE(journal.survey()->clean);
    auto writer = journal.writer();
    REQUIRE(writer.append({records[3]}, 1));
    CHECK(journal.read()->records.size() == 1);
  }
}

TEST_CASE("damage is an error that names segment and line") {
  const Kept kept = any_kept();
  const std::string a = line_of(every_kind()[0]);
  const std::string b = line_of(every_kind()[1]);
  std::string broken = a;
  broken[40] = static_cast<char>(broken[40] ^ 1);
  struct Row {
    std::string what;
    std::vector<std::string> segments;
    std::string says;
  };
  const std::vector<Row> rows{
      {"a bad line in the middle", {header(1) + broken + b}, ", line 2"},
      {"a torn line in the middle", {header(1) + a.substr(0, 30) + "\n" + b}, "line 2"},
      {"another store's",
       {durable("\"t\":\"segment\",\"format\":1,\"store\":\"x\",\"segment\":\"1\","
                "\"at\":\"1\"}") +
        "\n" + a},
       "line 1"},
      {"another segment's", {header(2) + a}, "line 1"},
      {"no header", {a + b}, "line 1"},
      {"something behind the end", {header(1) + a + end(1) + b}, "line 4"},
      {"garbage without line ends", {std::string(17U << 20, 'x')}, "line"},
      {"a segment in front is missing", {"", header(2) + a}, "missing"},
      {"a later version's record",
       {header(1) + durable("\"t\":\"x\"}") + "\n" + a},
       "later version"}};
  for (const Row& row : rows) {
    CAPTURE(row.what);
    Journal journal(kept);
    for (std::size_t i = 0; i < row.segments.size(); ++i) {
      if (!row.segments[i].empty()) journal.put(i + 1, row.segments[i]);
    }
    const auto chunk = journal.read();
    REQUIRE_FALSE(chunk);
    CHECK_THAT(chunk.error().what, Catch::StartsWith(journal.segments().describe(1)));
    CHECK(chunk.error().what.find(row.says) != std::string::npos);
    CHECK(chunk.error().what.find("docs/storage.md") != std::string::npos);
  }
}

TEST_CASE("a ledger that has read more than there is, or elsewhere, is told so") {
  const Kept kept = any_kept();
  Journal journal(kept);
  journal.put(1, header(1) + line_of(every_kind()[0]) + end(1));
  for (const JournalPosition from : {JournalPosition{2, 100}, JournalPosition{1, 100000},
                                     JournalPosition{1, header(1).size() + 3}}) {
    const auto chunk = journal.read(from);
    REQUIRE_FALSE(chunk);
    CHECK(chunk.error().what.find("ledger") != std::string::npos);
  }
}

TEST_CASE("a failed append leaves nothing that could be read, at whatever call it fails") {
  const Kept kept = any_faulty();
  const std::vector<Record> records = every_kind();
  for (const bool fresh : {true, false}) {
    for (std::uint64_t n = 1; n < 12; ++n) {
      CAPTURE(fresh, n);
      Journal journal(kept);
      auto writer = journal.writer();
      JournalPosition before;
      if (!fresh) before = *writer.append({records[0]}, 1);
      journal.fail_at(n, 28);
      const auto failed = writer.append({records[1], records[2]}, 2);
      journal.no_faults();
      if (failed) break;
      CHECK(writer.end() == before);
      CHECK_FALSE(writer.torn());
      CHECK(journal.read()->records.size() == (fresh ? 0 : 1));
      const auto retried = writer.append({records[3]}, 3);
      REQUIRE(retried);
      journal.cut_power();
      CHECK(journal.read()->records.size() == (fresh ? 1 : 2));
      CHECK(journal.read()->next == *retried);
    }
  }
}

TEST_CASE("what a survey has told stays true after a power cut, whatever had failed before it") {
  const Kept kept = any_faulty();
  const std::vector<Record> records = every_kind();
  std::size_t believed = 0;
  for (std::uint64_t n = 1; n < 12; ++n) {
    CAPTURE(n);
    Journal journal(kept);
    {
      auto writer = journal.writer();
      REQUIRE(writer.append({records[0]}, 1));
      // A failed fsync, and a disk on which nothing can be mended; then the process is killed.
      journal.fail_at(n, 5, true);
      if (writer.append({records[1]}, 2)) break;
    }
    journal.kill();
    const auto told = journal.survey();
    REQUIRE(told);
    const auto read = journal.read();
    REQUIRE(read);
    believed += read->records.size() - 1;
    journal.cut_power();
    CHECK(journal.survey()->end == told->end);
    CHECK(journal.read()->records.size() == read->records.size());
  }
  // Objects have no half: what an append has left is there, or cut away.
  if (kept == Kept::kFiles) CHECK(believed > 0);
}

TEST_CASE("a rename that was begun and not finished is told, a finished one is not") {
  const Kept kept = any_kept();
  const FolderRenamingRecord renaming{{1}, {"b", NameEncoding::kUtf8}, '/', "a", "b", 7};
  const FolderRecord done{{1}, {"b", NameEncoding::kUtf8}, '/', "b", 7};
  const FolderRecord other{{2}, {"c", NameEncoding::kUtf8}, '/', "c", 7};
  Journal journal(kept);
  REQUIRE(journal.writer().append({renaming, other}, 1));
  REQUIRE(journal.survey()->unfinished);
  CHECK(*journal.survey()->unfinished == renaming);
  CHECK_FALSE(journal.survey()->clean);
  REQUIRE(journal.writer().append({done}, 1));
  CHECK_FALSE(journal.survey()->unfinished);
  const auto paths = read_folder_paths(journal.access(), journal.notes);
  CHECK(*paths == std::map<FolderId, std::string>{{{1}, "b"}, {{2}, "c"}});
}

TEST_CASE("a segment is ended when it has grown, and reading goes on in the next") {
  const Kept kept = any_kept();
  Journal journal(kept);
  auto writer = journal.writer();
  const std::vector<Record> records(25000, message(5));
  REQUIRE(writer.append(records, 1));
  REQUIRE(writer.append(records, 1));
  REQUIRE(writer.append(records, 1)->segment == 2);
  const auto chunk = journal.read({}, 1000000);
  CHECK(chunk->records.size() == 75000);
  CHECK(journal.survey()->end == writer.end());
}

TEST_CASE("of a long segment that was ended only the end is read, of one that was not all") {
  const Kept kept = any_kept();
  std::string lines;
  while (lines.size() < (400U << 10)) lines += line_of(message(5));
  const FolderRenamingRecord renaming{{1}, {"b", NameEncoding::kUtf8}, '/', "a", "b", 7};
  std::string damaged = lines;
  damaged[100] = static_cast<char>(damaged[100] ^ 1);
  const std::uint64_t records_end = (header(1) + lines + line_of(renaming)).size();

  Journal journal(kept);
  journal.put(1, header(1) + lines + line_of(renaming) + end(1));
  auto told = journal.survey();
  REQUIRE(told);
  CHECK(told->clean);
  CHECK(told->end == JournalPosition{1, records_end});
  CHECK(told->unfinished == renaming);

  // Nobody looks there, until the journal is read.
  journal.put(1, header(1) + damaged + line_of(renaming) + end(1));
  REQUIRE(journal.survey());
  CHECK(journal.survey()->end == told->end);
  CHECK_FALSE(journal.read({}, 1'000'000));

  journal.put(1, header(1) + damaged + line_of(renaming));
  CHECK_FALSE(journal.survey());
  journal.put(1, header(1) + lines + line_of(renaming) + end(1).substr(0, 20));
  told = journal.survey();
  REQUIRE(told);
  CHECK_FALSE(told->clean);
  CHECK(told->end == JournalPosition{1, records_end});
  CHECK(told->unfinished == renaming);

  // Whose segment it is, is always asked.
  journal.put(1, header(2) + lines + end(1));
  CHECK_FALSE(journal.survey());
  journal.put(1, header(1) + lines + damaged + end(1) + line_of(message(6)) + end(1));
  CHECK_FALSE(journal.survey());
}
