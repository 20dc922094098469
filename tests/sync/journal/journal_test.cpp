#include <catch2/catch.hpp>
#include <vector>

#include "daemon/base/hash.h"
#include "sync/journal/journal_codec.h"
#include "sync/journal/journal_reader.h"
#include "sync/journal/journal_writer.h"
#include "sync/journal/segment_lines.h"
#include "tests/support/fake_places.h"
#include "tests/support/memory_files.h"

using namespace imapkeep;

namespace {

const std::string kStore = "0123456789abcdef0123456789abcdef";
const auto kPlaces = std::make_shared<const BasePlaces>();

MessageRecord message(std::uint32_t uid) {
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

std::vector<Record> every_kind() {
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

std::string line_of(const Record& record) {
  std::string line;
  append_line(line, record, *kPlaces);
  return line;
}

std::string durable(const std::string& rest) {
  return "{\"c\":\"" + to_hex(Xxh3::of(rest)) + "\"," + rest;
}

/// Of message(812), with what says where it is.
std::string message_line(const std::string& where) {
  return "\"t\":\"message\",\"folder\":7,\"validity\":1700000000,\"uid\":812,"
         "\"id\":\"1766%22%25%5C%FF\"," +
         where + "\"rfc822\":\"18446744073709551615\",\"sha256\":\"" + Sha256::of("x").hex() +
         "\",\"flags\":\"FS\",\"keywords\":[\"$Junk\",\"Caf%E9\",\"a%22b\",\"%0A\"],"
         "\"decided\":\"inferred\",\"at\":\"1795000000123\"}";
}

struct Journal {
  MemoryDisk disk;
  std::unique_ptr<Directory> directory;
  Notes notes;

  Journal() {
    disk.put("/journal/", "");
    reopen();
  }
  void reopen() { directory = std::move(*disk.open_root("/journal")); }
  [[nodiscard]] JournalAccess access() const { return {directory.get(), kStore, kPlaces}; }
  JournalWriter writer() {
    const auto end = survey();
    REQUIRE(end);
    return {access(), end->last_segment, end->end};
  }
  Result<JournalEnd> survey() { return survey_journal(access(), notes); }
  Result<JournalChunk> read(JournalPosition from = {}, std::size_t limit = 1000) {
    return read_journal_records(access(), from, limit, notes);
  }
  void put(int segment, const std::string& text) {
    disk.put("/journal/" + segment_file(static_cast<std::uint64_t>(segment)), text);
  }
};

std::string header(std::uint64_t segment) {
  std::string line;
  append_line(line, SegmentHeader{1, kStore, segment, 1});
  return line;
}

std::string end(std::uint64_t records) {
  std::string line;
  append_line(line, SegmentEnd{records, 1, {}});
  return line;
}

}  // namespace

TEST_CASE("whoever only reads sees the journal's end and writes nothing") {
  Journal journal;
  JournalWriter writer = journal.writer();
  REQUIRE(writer.append({message(1)}, 1));
  const JournalPosition end = writer.end();
  SECTION("beside a writer that is at work") {}
  SECTION("behind a torn line") {
    journal.put(1, journal.disk.files().at("/journal/" + segment_file(1)) + "{\"c\":\"01");
  }
  const auto files = journal.disk.files();
  const std::uint64_t calls = journal.disk.calls();
  journal.disk.set_read_only(true);
  const auto looked = look_at_journal_end(journal.access(), journal.notes);
  REQUIRE(looked);
  CHECK(looked->end == end);
  CHECK_FALSE(looked->clean);
  CHECK(looked->last_segment == 1);
  CHECK(journal.disk.calls() == calls);
  CHECK(journal.disk.files() == files);
  CHECK_FALSE(journal.survey());  // a writer's way cannot
}

TEST_CASE("every record comes back from its line") {
  for (const Record& record : every_kind()) {
    const std::string line = line_of(record);
    CAPTURE(line);
    REQUIRE(line.back() == '\n');
    const std::string text = line.substr(0, line.size() - 1);
    CHECK(text.find('\n') == std::string::npos);
    REQUIRE(is_whole_line(text));
    const auto parsed = parse_line(text, *kPlaces);
    REQUIRE(parsed);
    CHECK(std::get<Record>(*parsed) == record);
  }
}

TEST_CASE("a line is what docs/storage.md says") {
  CHECK(line_of(message(812)) ==
        durable(message_line("\"base\":\"1771568830/8197479752476073380/3444/3500/3\",")) + "\n");
  MessageRecord dated = message(812);
  dated.date = "17-Jul-1996 02:44:25 -0700";
  dated.doubtful = "why";
  const std::string line = line_of(dated);
  CHECK(line.find(",\"date\":\"17-Jul-1996 02:44:25 -0700\",\"sha256\"") != std::string::npos);
  CHECK(line.find(",\"doubtful\":\"why\",\"at\"") != std::string::npos);
  CHECK(line_of(OwnerRecord{"h", "u", "", 9}) ==
        durable("\"t\":\"owner\",\"host\":\"h\",\"user\":\"u\",\"authzid\":\"\",\"at\":\"9\"}") +
            "\n");
  CHECK(line_of(FolderGoneRecord{{1}, 9}) ==
        durable("\"t\":\"folder-gone\",\"folder\":1,\"at\":\"9\"}") + "\n");
}

TEST_CASE("a store without base says size and place, and is read back") {
  const KeyPlaces places;
  MessageRecord record = message(812);
  record.date = "20-Feb-2026 06:27:10 +0000";
  std::string line;
  append_line(line, record, places);
  CHECK_THAT(line, Catch::Contains(",\"size\":\"3444\",\"place\":\"%FF" +
                                   std::to_string(record.identity.xxh3) + "/3500/3\",\"rfc822\""));
  CHECK_THAT(line, !Catch::Contains("\"base\""));
  line.pop_back();
  const auto parsed = parse_line(line, places);
  REQUIRE(parsed);
  CHECK(std::get<Record>(*parsed) == Record(record));

  // The date is what the server told; where that says none, or one before 1970, it is 0.
  for (const char* date : {"", "31-Dec-1969 23:59:59 +0100", "yesterday"}) {
    MessageRecord dateless = record;
    dateless.internal_date = 0;
    dateless.date = date;
    std::string text;
    append_line(text, dateless, places);
    const auto read = parse_line(text.substr(0, text.size() - 1), places);
    REQUIRE(read);
    CHECK(std::get<Record>(*read) == Record(dateless));
  }
}

TEST_CASE("where a message is, is for its store to understand") {
  const BasePlaces base;
  const KeyPlaces key;
  struct Row {
    const char* name;
    std::string where;
    bool by_base;
    bool by_key;
  };
  const std::string good = "\"base\":\"1/2/3/4/5\",";
  const std::vector<Row> rows{
      {"a base", good, true, false},
      {"a place", "\"size\":\"3\",\"place\":\"%FF2/4/5\",", false, true},
      {"another store's base", "\"base\":\"1.Hff.host,S=3,W=4\",", false, false},
      {"another store's place", "\"size\":\"3\",\"place\":\"2/4/5\",", false, false},
      {"a place without size", "\"place\":\"%FF2/4/5\",", false, false},
      {"a place that is no text", "\"size\":\"3\",\"place\":7,", false, false},
      {"a place that is not encoded", "\"size\":\"3\",\"place\":\"%G\",", false, false},
      {"a size alone", "\"size\":\"3\",", false, false},
      {"neither", "", false, false},
      // A base says all; what else may stand there is ignored, as every unknown member is.
      {"both", good + "\"size\":\"9\",\"place\":\"x\",", true, false}};
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const std::string line = durable(message_line(row.where));
    const auto by_base = parse_line(line, base);
    REQUIRE(by_base.has_value() == row.by_base);
    if (by_base) CHECK(std::get<MessageRecord>(std::get<Record>(*by_base)).identity.size == 3);
    REQUIRE(parse_line(line, key).has_value() == row.by_key);
  }
}

TEST_CASE("a line cut or changed at any byte is not whole") {
  for (const Record& record : every_kind()) {
    const std::string line = line_of(record);
    const std::string text = line.substr(0, line.size() - 1);
    for (std::size_t size = 0; size < text.size(); ++size) {
      CHECK_FALSE(is_whole_line(std::string_view(text).substr(0, size)));
    }
    for (std::size_t at = 0; at < text.size(); ++at) {
      std::string changed = text;
      changed[at] = static_cast<char>(changed[at] ^ 1);
      CHECK_FALSE(is_whole_line(changed));
    }
  }
}

TEST_CASE("what a later version adds is ignored or refused") {
  const auto more = parse_line(durable("\"t\":\"folder-gone\",\"why\":{\"x\":[1]},\"folder\":1,"
                                       "\"at\":\"9\",\"labels\":[\"a\"]}"),
                               *kPlaces);
  REQUIRE(more);
  CHECK(std::get<Record>(*more) == Record(FolderGoneRecord{{1}, 9}));
  for (const char* rest :
       {"\"t\":\"merged\",\"folder\":1}", "\"t\":\"segment\",\"format\":2,\"store\":\"x\"}"}) {
    const auto refused = parse_line(durable(rest), *kPlaces);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().what.find("later version") != std::string::npos);
  }
}

TEST_CASE("lines with a right checksum and wrong members are refused, never thrown at") {
  for (const char* rest :
       {"}", "\"t\":7}", "\"t\":\"gone\"}", "\"t\":\"folder-gone\",\"folder\":-1,\"at\":\"9\"}",
        "\"t\":\"folder-gone\",\"folder\":4294967296,\"at\":\"9\"}",
        "\"t\":\"folder-gone\",\"folder\":1,\"at\":9}",
        "\"t\":\"folder-gone\",\"folder\":1,\"at\":\"x\"}",
        "\"t\":\"gone\",\"folder\":1,\"validity\":1,\"uid\":1,\"to\":\"sky\",\"at\":\"9\"}",
        "\"t\":\"flags\",\"folder\":1,\"validity\":1,\"uid\":1,\"flags\":\"S\",\"keywords\":[7],"
        "\"at\":\"9\"}",
        "\"t\":\"quarantine\",\"folder\":1,\"validity\":1,\"uid\":1,\"reason\":\"%G0\",\"at\":"
        "\"9\"}",
        "\"records\":\"1\",\"t\":\"end\",\"at\":\"9\"}",
        "\"t\":\"end\",\"records\":\"1\",\"t\":\"folder-gone\",\"folder\":1,\"at\":\"9\"}",
        "\"t\":\"end\",\"records\":\"1\",\"at\":\"9\",\"unclaimed\":true}",
        "\"t\":\"end\",\"records\":\"1\",\"at\":\"9\",\"unclaimed\":[7]}",
        "\"t\":\"end\",\"records\":\"1\",\"at\":\"9\",\"unclaimed\":[\"a\\u0001\"]}",
        "\"t\":\"segment\",\"format\":1,\"store\":\"x\",\"segment\":\"1\",\"at\":\"9\"}",
        "\"t\":\"folder\xff\"}", "\"t\":[[[[}"}) {
    CAPTURE(rest);
    CHECK_FALSE(parse_line(durable(rest), *kPlaces));
  }
}

TEST_CASE("what was appended is read back, by any number of steps") {
  Journal journal;
  const std::vector<Record> records = every_kind();
  auto writer = journal.writer();
  CHECK(journal.disk.files().empty());  // nothing to say, nothing written
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

TEST_CASE("where there may be what nobody claims is told to the next writer") {
  const std::vector<std::string> folders{"INBOX", "Entw\xc3\xbcrfe/\"x\\y"};
  Journal journal;
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
  const std::vector<Record> records = every_kind();
  const std::string head = header(1) + line_of(records[0]) + line_of(records[1]);
  const std::string last = line_of(records[2]);
  for (std::size_t size = 1; size < last.size(); ++size) {
    Journal journal;
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
    Journal journal;
    journal.put(1, header(1).substr(0, size));
    CHECK(journal.survey()->end == JournalPosition{});
    CHECK_FALSE(journal.survey()->clean);
    auto writer = journal.writer();
    REQUIRE(writer.append({records[3]}, 1));
    CHECK(journal.read()->records.size() == 1);
  }
}

TEST_CASE("damage is an error that names segment and line") {
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
      {"a bad line in the middle", {header(1) + broken + b}, "0000000001.jsonl, line 2"},
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
      {"a segment in front is missing", {"", header(2) + a}, "0000000001.jsonl"},
      {"a later version's record",
       {header(1) + durable("\"t\":\"x\"}") + "\n" + a},
       "later version"}};
  for (const Row& row : rows) {
    CAPTURE(row.what);
    Journal journal;
    for (std::size_t i = 0; i < row.segments.size(); ++i) {
      if (!row.segments[i].empty()) journal.put(static_cast<int>(i + 1), row.segments[i]);
    }
    const auto chunk = journal.read();
    REQUIRE_FALSE(chunk);
    CHECK(chunk.error().what.find(row.says) != std::string::npos);
    CHECK(chunk.error().what.find("docs/storage.md") != std::string::npos);
  }
}

TEST_CASE("a ledger that has read more than there is, or elsewhere, is told so") {
  Journal journal;
  journal.put(1, header(1) + line_of(every_kind()[0]) + end(1));
  for (const JournalPosition from : {JournalPosition{2, 100}, JournalPosition{1, 100000},
                                     JournalPosition{1, header(1).size() + 3}}) {
    const auto chunk = journal.read(from);
    REQUIRE_FALSE(chunk);
    CHECK(chunk.error().what.find("ledger") != std::string::npos);
  }
}

TEST_CASE("a failed append leaves nothing that could be read, at whatever call it fails") {
  const std::vector<Record> records = every_kind();
  for (const bool fresh : {true, false}) {
    for (std::uint64_t n = 1; n < 12; ++n) {
      CAPTURE(fresh, n);
      Journal journal;
      auto writer = journal.writer();
      JournalPosition before;
      if (!fresh) before = *writer.append({records[0]}, 1);
      journal.disk.fail_at(n, 28);
      const auto failed = writer.append({records[1], records[2]}, 2);
      journal.disk.no_faults();
      if (failed) break;
      CHECK(writer.end() == before);
      CHECK_FALSE(writer.torn());
      CHECK(journal.read()->records.size() == (fresh ? 0 : 1));
      const auto retried = writer.append({records[3]}, 3);
      REQUIRE(retried);
      journal.disk.power_cut(MemoryDisk::Cut::kLoseNames);
      journal.reopen();
      CHECK(journal.read()->records.size() == (fresh ? 1 : 2));
      CHECK(journal.read()->next == *retried);
    }
  }
}

TEST_CASE("what a survey has told stays true after a power cut, whatever had failed before it") {
  const std::vector<Record> records = every_kind();
  std::size_t believed = 0;
  for (std::uint64_t n = 1; n < 12; ++n) {
    CAPTURE(n);
    Journal journal;
    {
      auto writer = journal.writer();
      REQUIRE(writer.append({records[0]}, 1));
      // A failed fsync, and a disk on which nothing can be mended; then the process is killed.
      journal.disk.fail_at(n, 5, true);
      if (writer.append({records[1]}, 2)) break;
    }
    journal.disk.reopen();
    journal.reopen();
    const auto told = journal.survey();
    REQUIRE(told);
    const auto read = journal.read();
    REQUIRE(read);
    believed += read->records.size() - 1;
    journal.disk.power_cut(MemoryDisk::Cut::kLoseNames);
    journal.reopen();
    CHECK(journal.survey()->end == told->end);
    CHECK(journal.read()->records.size() == read->records.size());
  }
  CHECK(believed > 0);
}

TEST_CASE("a rename that was begun and not finished is told, a finished one is not") {
  const FolderRenamingRecord renaming{{1}, {"b", NameEncoding::kUtf8}, '/', "a", "b", 7};
  const FolderRecord done{{1}, {"b", NameEncoding::kUtf8}, '/', "b", 7};
  const FolderRecord other{{2}, {"c", NameEncoding::kUtf8}, '/', "c", 7};
  Journal journal;
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
  Journal journal;
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
  std::string lines;
  while (lines.size() < (400U << 10)) lines += line_of(message(5));
  const FolderRenamingRecord renaming{{1}, {"b", NameEncoding::kUtf8}, '/', "a", "b", 7};
  std::string damaged = lines;
  damaged[100] = static_cast<char>(damaged[100] ^ 1);
  const std::uint64_t records_end = (header(1) + lines + line_of(renaming)).size();

  Journal journal;
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
