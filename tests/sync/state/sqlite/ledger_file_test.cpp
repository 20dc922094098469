#include "sync/state/sqlite/ledger_file.h"

#include <sqlite3.h>

#include <fstream>

#include "sync/state/sqlite/account_rows.h"
#include "sync/state/sqlite/mappable.h"
#include "sync/state/sqlite/read_ledger.h"
#include "sync/state/sqlite/schema.h"
#include "tests/sync/state/sqlite/ledger_fixture.h"

using namespace imapkeep;

namespace {

const UidValidity kGeneration{7};

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

// Some pages of messages in account "work".
void fill(const std::string& path) {
  LedgerSession session(path);
  const AccountId work = session.account().id;
  std::vector<Record> records = {folder_of(1, "INBOX")};
  for (std::uint32_t uid = 1; uid <= 2000; ++uid) {
    records.emplace_back(message_of(key_of(1, 7, uid), std::to_string(uid)));
  }
  session.apply(work, records);
}

void tear_pages(const std::string& path) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(20 * 4096);
  file << std::string(8 * 4096, '\x55');
}

LedgerOpening open_ledger(LedgerSession& session) {
  auto opened = session.call<LedgerOpening>(&SqliteLedger::open);
  if (!opened) FAIL(opened.error().what);
  return *opened;
}

void run_sql(const std::string& path, const std::string& sql) {
  sqlite3* handle = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &handle) == SQLITE_OK);
  CHECK(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(handle);
}

}  // namespace

TEST_CASE("a ledger that is whole is opened as it is; one that is missing is made, for us only") {
  const TemporaryDirectory directory;
  const std::string path = directory / "ledger";
  {
    LedgerSession session(path);
    const auto opening = open_ledger(session);
    CHECK(opening.created);
    CHECK(opening.moved_to.empty());
    const auto mode = std::filesystem::status(path).permissions();
    CHECK((mode & (std::filesystem::perms::group_all | std::filesystem::perms::others_all)) ==
          std::filesystem::perms::none);
  }
  fill(path);
  CHECK(directory.names() == std::vector<std::string>{"ledger", "ledger-shm", "ledger-wal"});
  CHECK(std::filesystem::file_size(path + "-wal") == 0);  // all is in the one file
  LedgerSession session(path);
  const auto opening = open_ledger(session);
  CHECK_FALSE(opening.created);
  CHECK(opening.moved_to.empty());
  CHECK(session.uids(session.account().id, FolderId{1}, kGeneration).count() == 2000);
}

TEST_CASE("what cannot be a ledger is moved aside, kept, and replaced by an empty one") {
  struct Row {
    const char* name;
    std::function<void(const std::string& path)> spoil;
    const char* reason;
    bool is_seen_by_readers = true;  ///< they read no messages
  };
  const auto truncate_to = [](std::uintmax_t size) {
    return [size](const std::string& path) { std::filesystem::resize_file(path, size); };
  };
  const std::vector<Row> rows = {
      {"garbage", [](const std::string& path) { write_file(path, std::string(9000, 'x')); },
       "damaged"},
      {"a few bytes", [](const std::string& path) { write_file(path, "hello"); }, "damaged"},
      {"cut in the first page", truncate_to(700), "damaged"},
      {"cut in the middle", truncate_to(40'960), "damaged"},
      {"cut inside a page", truncate_to(41'000), "damaged"},
      {"a later version", [](const std::string& path) { run_sql(path, "PRAGMA user_version=99"); },
       "later version"},
      {"another program's",
       [](const std::string& path) { run_sql(path, "PRAGMA application_id=1"); }, "not a ledger"},
      {"no version", [](const std::string& path) { run_sql(path, "PRAGMA user_version=0"); },
       "not a ledger"},
      {"half a ledger", [](const std::string& path) { run_sql(path, "DROP TABLE quarantine"); },
       "not whole (quarantine)"},
      {"without an index",
       [](const std::string& path) { run_sql(path, "DROP INDEX message_by_xxh3"); },
       "not whole (message_by_xxh3)", false},
      {"with a column less",
       [](const std::string& path) {
         run_sql(path, "ALTER TABLE folder DROP COLUMN listed_at_ms");
       },
       "not whole (folder)"},
      {"an earlier version that cannot be brought up to date",
       [](const std::string& path) { run_sql(path, "PRAGMA user_version=1"); },
       "not as imapkeep makes it"},
      {"torn pages, and nobody has crashed", tear_pages, "damaged", false},
      {"a database of nobody",
       [](const std::string& path) {
         std::filesystem::remove(path);
         run_sql(path, "CREATE TABLE account (name)");
       },
       "not a ledger"},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    const TemporaryDirectory directory;
    const std::string path = directory / "ledger";
    fill(path);
    row.spoil(path);
    const std::string spoilt = read_file(path);
    write_file(path + ".damaged-1", "from before");
    if (row.is_seen_by_readers) CHECK_FALSE(read_ledger(path));

    LedgerSession session(path);
    const auto opening = open_ledger(session);
    CHECK(opening.created);
    CHECK(opening.moved_to == path + ".damaged-2");
    CHECK_THAT(opening.reason, Catch::Contains(row.reason));
    CHECK(read_file(path + ".damaged-1") == "from before");
    CHECK(read_file(path + ".damaged-2").size() == spoilt.size());
    const LedgerAccount work = session.account();
    CHECK(work.store_id.empty());
    CHECK(session.folders(work.id).empty());
    session.apply(work.id, {folder_of(1, "INBOX"), message_of(key_of(1, 7, 1), "a")});
    CHECK(session.uids(work.id, FolderId{1}, kGeneration).str() == "1");
  }
}

TEST_CASE("an empty file is a ledger that was never begun") {
  const TemporaryDirectory directory;
  const std::string path = directory / "ledger";
  write_file(path, "");
  LedgerSession session(path);
  CHECK(open_ledger(session).moved_to.empty());
  CHECK(session.account().store_id.empty());
}

TEST_CASE("what a person must put right is an error that says what, and can be put right") {
  struct Row {
    const char* name;
    std::function<void(const TemporaryDirectory&)> spoil;
    std::function<void(const TemporaryDirectory&)> mend;
    const char* says;
  };
  const std::vector<Row> rows = {
      {"a directory in the way",
       [](const auto& directory) { std::filesystem::create_directory(directory / "state/ledger"); },
       [](const auto& directory) { std::filesystem::remove(directory / "state/ledger"); },
       "move it away"},
      {"no such directory",
       [](const auto& directory) { std::filesystem::remove(directory / "state"); },
       [](const auto& directory) { std::filesystem::create_directory(directory / "state"); },
       "No such file or directory"},
      {"a link in a circle",
       [](const auto& directory) {
         std::filesystem::create_symlink("ledger", directory / "state/ledger");
       },
       [](const auto& directory) { std::filesystem::remove(directory / "state/ledger"); },
       "cannot be opened"},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    const TemporaryDirectory directory;
    std::filesystem::create_directory(directory / "state");
    row.spoil(directory);
    LedgerSession session(directory / "state/ledger");
    const auto refused = session.call<LedgerAccount>(&SqliteLedger::open_account, std::string("w"));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().trouble == Trouble::kStore);
    CHECK(refused.error().remedy == Remedy::kNeedsOperator);
    CHECK_THAT(refused.error().what, Catch::Contains(row.says));
    row.mend(directory);
    CHECK(session.account().store_id.empty());
  }
}

TEST_CASE("after a crash the pages are checked before they are believed") {
  const TemporaryDirectory directory;
  const std::string path = directory / "ledger";
  fill(path);
  const auto written = std::filesystem::last_write_time(path);
  tear_pages(path);
  // As a disk does it: nobody has written to the file.
  std::filesystem::last_write_time(path, written);
  SECTION("after a crash") {
    write_file(path + "-wal", "left over");
    LedgerSession session(path);
    CHECK(open_ledger(session).moved_to == path + ".damaged-1");
    CHECK(session.folders(session.account().id).empty());
  }
  SECTION("found while working") {
    {
      LedgerSession session(path);
      CHECK(open_ledger(session).moved_to.empty());
      const AccountId work = session.account().id;
      const auto torn =
          session.call<UidSet>(&SqliteLedger::stored_uids, work, FolderId{1}, kGeneration);
      REQUIRE_FALSE(torn);
      CHECK(torn.error().trouble == Trouble::kStore);
      // An empty ledger must not take records under numbers that the torn one gave.
      const auto refused = session.try_apply(work, {folder_of(1, "INBOX")});
      REQUIRE_FALSE(refused);
      CHECK_THAT(refused.error().what, Catch::Contains("start imapkeep again"));
      CHECK(std::filesystem::exists(path + ".damaged-1"));
    }
    LedgerSession again(path);
    CHECK(open_ledger(again).created);
    CHECK(again.folders(again.account().id).empty());
  }
}

TEST_CASE("a file may be mapped where a write into memory can find no disk full") {
  struct Row {
    const char* name;
    FileSystemFacts facts;
    bool may;
  };
  constexpr std::uint64_t kSome = 65536;
  const std::vector<Row> rows = {
      {"ext4", {0xef53, 4096, kSome}, true},
      {"ext4 of 64 KiB to a page", {0xef53, 65536, kSome}, true},
      {"small ext4", {0xef53, 1024, kSome}, false},
      {"ext4 of two blocks to a page", {0xef53, 2048, kSome}, false},
      {"XFS", {0x58465342, 4096, kSome}, true},
      {"XFS of small blocks", {0x58465342, 512, kSome}, false},
      {"tmpfs", {0x01021994, 4096, kSome}, true},
      {"btrfs", {0x9123683e, 4096, 0}, false},
      {"btrfs, a signed number of 32 bits", {0xffffffff9123683e, 4096, 0}, false},
      {"ZFS", {0x2fc12fc1, 131072, kSome}, false},
      {"an overlay on ext4", {0x794c7630, 4096, kSome}, true},
      {"an overlay on small ext4", {0x794c7630, 1024, kSome}, false},
      {"an overlay on btrfs", {0x794c7630, 4096, 0}, false},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    CHECK(may_be_mapped(row.facts) == row.may);
  }
}

TEST_CASE("status maps nothing either where nothing may be mapped") {
  const TemporaryDirectory directory;
  const std::string path = directory / "ledger";
  fill(path);  // closed in order, and in WAL mode
  const bool may_map = GENERATE(false, true);
  std::filesystem::remove(path + "-shm");
  const auto reports = read_ledger(path, {.may_map = may_map});
  if (!reports) FAIL(reports.error().what);
  CHECK(reports->at(0).folders.at(0).stored == 2000);
  CHECK(std::filesystem::exists(path + "-shm") == may_map);
}

TEST_CASE("a full disk does not make a ledger a bad one") {
  const TemporaryDirectory directory;
  auto opened = Database::open(directory / "ledger", Database::Mode::kWrite);
  REQUIRE(opened);
  Database& database = **opened;
  REQUIRE(database.script("PRAGMA max_page_count = 3"));
  const auto made = migrate(database, ledger_migrations());
  REQUIRE_FALSE(made);
  CHECK(made.error().remedy == Remedy::kRetryLater);
  CHECK_THAT(made.error().what, Catch::Contains("full") && Catch::Contains("make room"));
  CHECK_FALSE(database.is_misfit());
  CHECK_FALSE(database.damaged());
  {
    const auto transaction = Transaction::begin(database);
    REQUIRE(transaction);
    REQUIRE(database.script("ROLLBACK"));  // as SQLite does by itself when a write finds no room
  }
  CHECK_FALSE(database.is_misfit());
  REQUIRE(database.script("PRAGMA max_page_count = 1000000"));
  CHECK(migrate(database, ledger_migrations()));
}

TEST_CASE("where nothing may be mapped everything works as elsewhere") {
  const TemporaryDirectory directory;
  const std::string path = directory / "ledger";
  fill(path);  // in WAL, as it was left by an earlier version or came from another file system
  const auto names_of = [&] {
    auto names = directory.names();
    std::erase(names, "ledger-journal");
    return names;
  };
  const auto in_use = [&](bool may_map) {
    LedgerFile file(path, may_map);
    const auto database = file.database();
    REQUIRE(database);
    CHECK(file.opening().moved_to.empty());
    const auto account = open_account(**database, "work", 1);
    REQUIRE(account);
    const bool mapped = std::filesystem::exists(path + "-shm");
    const auto reports = read_ledger(path);  // as `status` does beside it
    if (!reports) FAIL(reports.error().what);
    CHECK(reports->at(0).folders.at(0).stored == 2000);
    return mapped;
  };
  CHECK_FALSE(in_use(false));
  CHECK(names_of() == std::vector<std::string>{"ledger"});
  CHECK_FALSE(in_use(false));
  CHECK(in_use(true));
  CHECK_FALSE(in_use(false));
}

TEST_CASE("what a kill leaves half done without WAL is taken back by whoever comes next") {
  const TemporaryDirectory directory;
  const std::string path = directory / "ledger";
  const std::string copy = directory / "copy";
  fill(path);
  LedgerFile file(path, false);
  const auto database = file.database();
  REQUIRE(database);
  // Small, so that pages go to the file before the end.
  REQUIRE(
      (*database)->script("PRAGMA cache_size = 2; BEGIN IMMEDIATE;"
                          "UPDATE message SET flags = 63"));
  write_file(copy, read_file(path));
  write_file(copy + "-journal", read_file(path + "-journal"));
  REQUIRE((*database)->script("ROLLBACK"));
  REQUIRE(std::filesystem::file_size(copy + "-journal") > 0);
  if (GENERATE(true, false)) {
    const auto reports = read_ledger(copy);
    if (!reports) FAIL(reports.error().what);
    CHECK(reports->at(0).folders.at(0).stored == 2000);
  }
  LedgerSession revived(copy);
  CHECK(open_ledger(revived).moved_to.empty());
  const auto messages = revived.window(revived.account().id, FolderId{1}, kGeneration);
  REQUIRE(messages.size() == 2000);
  for (const KnownMessage& message : messages) CHECK(message.flags.bits() != 63);
}

TEST_CASE("what somebody is writing just now is not read half written") {
  const TemporaryDirectory directory;
  const std::string path = directory / "ledger";
  fill(path);
  LedgerFile file(path, false);
  const auto database = file.database();
  REQUIRE(database);
  // Small, so that pages go to the file before the end.
  REQUIRE(
      (*database)->script("PRAGMA cache_size = 2; BEGIN EXCLUSIVE;"
                          "UPDATE message SET flags = 63; DELETE FROM folder"));
  const auto busy = read_ledger(path, {.patience_ms = 1});
  REQUIRE_FALSE(busy);
  CHECK(busy.error().remedy == Remedy::kRetryLater);
  CHECK_THAT(busy.error().what, Catch::Contains("is being written to"));
  REQUIRE((*database)->script("ROLLBACK"));
  const auto reports = read_ledger(path, {.patience_ms = 1});
  if (!reports) FAIL(reports.error().what);
  CHECK(reports->at(0).folders.at(0).stored == 2000);
}

TEST_CASE("what was applied before a kill is there, or was never there") {
  const TemporaryDirectory directory;
  const std::string path = directory / "ledger";
  const std::string copy = directory / "copy";
  LedgerSession session(path);
  const AccountId work = session.account().id;
  session.apply(work, {folder_of(1, "INBOX"), message_of(key_of(1, 7, 1), "a")});
  session.apply(work, {message_of(key_of(1, 7, 2), "b")});
  const std::string main = read_file(path);
  const std::string wal = read_file(path + "-wal");
  REQUIRE_FALSE(wal.empty());
  // The write-ahead log cut at many places is what a power cut may leave of it.
  std::uint64_t most = 0;
  for (std::size_t cut = 0; cut <= wal.size(); cut += 509) {
    INFO("cut at " << cut);
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(copy + suffix);
    write_file(copy, main);
    write_file(copy + "-wal", wal.substr(0, cut));
    LedgerSession revived(copy);
    const auto opening = open_ledger(revived);
    REQUIRE(opening.moved_to.empty());
    const LedgerAccount account = revived.account();
    const auto folders = revived.folders(account.id);
    if (folders.empty()) {
      CHECK(account.journal_end == JournalPosition{});
      continue;
    }
    CHECK(account.journal_end == JournalPosition{1, 1});
    CHECK(folders[0].stored == revived.uids(account.id, FolderId{1}, kGeneration).count());
    CHECK(folders[0].stored >= most);
    most = folders[0].stored;
  }
  CHECK(most >= 1);
}

TEST_CASE("migrations are carried out in order, once, and all or none") {
  const TemporaryDirectory directory;
  const std::string path = directory / "database";
  auto database = Database::open(path, Database::Mode::kWrite);
  REQUIRE(database);
  using Migrations = std::vector<std::string_view>;
  const Migrations one = {"CREATE TABLE a (x); INSERT INTO a VALUES (1)"};
  const Migrations two = {one[0], "ALTER TABLE a ADD COLUMN y DEFAULT 5"};
  const Migrations broken = {one[0], two[1], "CREATE TABLE b (x)", "CREATE TABLE b (x)"};
  const auto state = [&](const Migrations& migrations) {
    const auto found = schema_state(**database, migrations);
    REQUIRE(found);
    return *found;
  };
  CHECK(state(one) == SchemaState::kEmpty);
  REQUIRE(migrate(**database, one));
  CHECK(state(one) == SchemaState::kCurrent);
  CHECK(state(two) == SchemaState::kEarlier);
  CHECK_FALSE(migrate(**database, broken));
  CHECK(state(one) == SchemaState::kCurrent);
  REQUIRE(migrate(**database, two));
  CHECK(state(two) == SchemaState::kCurrent);
  CHECK(state(one) == SchemaState::kLater);
  REQUIRE(migrate(**database, two));
  Query row = (*database)->query("SELECT x, y, (SELECT count(*) FROM a) FROM a");
  REQUIRE(row.next());
  CHECK(row.i64(0) == 1);
  CHECK(row.i64(1) == 5);
  CHECK(row.i64(2) == 1);
}

TEST_CASE("a folder's time of schema 3 is its token, and nothing else of it changes") {
  const TemporaryDirectory directory;
  const std::string path = directory / "ledger";
  {
    auto former = Database::open(path, Database::Mode::kWrite);
    REQUIRE(former);
    REQUIRE(migrate(**former, ledger_migrations().first(3)));
    REQUIRE((*former)->script(
        "INSERT INTO account (name, store_id, segment, offset, opened_ms, complete_ms)"
        " VALUES ('work', 'x', 3, 400, 0, 0);"
        "INSERT INTO folder (account, id, name, encoding, delimiter, path, at_ms, uid_validity,"
        " uid_next, messages, highest_mod_seq, complete, cur_mtime_ns, listed_at_ms, mailbox_id,"
        " doubted_from, vain_checks, renumbered) VALUES"
        " (1, 1, 'INBOX', 0, 47, 'INBOX', 5, 7, 8, 9, 10, 1, 1771568830123456789, 11, 'F1', 12, 13,"
        " 14),"
        " (1, 2, 'Sent', 0, 47, 'Sent', 6, 7, 8, 9, 10, 1, 0, 11, '', 0, 0, 0),"
        " (1, 3, 'Old', 0, 47, 'Old', 6, 7, 8, 9, 10, 1, -1, 11, '', 0, 0, 0)"));
  }
  LedgerSession session(path);
  CHECK(open_ledger(session).moved_to.empty());
  CHECK(session.account().journal_end == JournalPosition{3, 400});
  const auto folders = session.folders(session.account().id);
  REQUIRE(folders.size() == 3);
  const FolderCursor inbox{
      FolderId{1}, kGeneration, 8,  9,  ModSeq{10}, true, {"1771568830123456789"},
      11,          "F1",        12, 13, 14};
  CHECK(folders[0].cursor == inbox);
  CHECK(folders[0].record.path == "INBOX");
  CHECK(folders[1].cursor.token.empty());
  CHECK(folders[2].cursor.token.bytes == "-1");  // it could not be had: nobody gives it
}
