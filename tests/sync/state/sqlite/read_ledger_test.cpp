#include "sync/state/sqlite/read_ledger.h"

#include <sys/stat.h>

#include <fstream>

#include "tests/sync/state/sqlite/ledger_fixture.h"

using namespace imapkeep;

TEST_CASE("the reader tells what the ledger holds, while a writer has it open and after it") {
  const TemporaryDirectory directory;
  const std::string path = directory / "ledger";
  const PassSummary pass{10, 20, "owed", "folder INBOX: one message is owed", 3, 400, 1};
  const bool writer_is_there = GENERATE(true, false);
  const bool in_a_transaction = GENERATE(true, false);
  {
    auto session = std::make_unique<LedgerSession>(path);
    session->clock().now_ms = 4321;
    session->account("home");
    const AccountId work = session->account("work").id;
    REQUIRE(session->call<Done>(&SqliteLedger::start_over, work, std::string("s1")));
    session->apply(
        work, {folder_of(1, "INBOX"), folder_of(2, "Sent"), folder_of(3, "Old"),
               message_of(key_of(1, 7, 1), "four"), message_of(key_of(1, 7, 2), "six"),
               QuarantineRecord{key_of(2, 7, 5), "cut off", 99}, FolderGoneRecord{FolderId{3}, 1}});
    REQUIRE(session->call<Done>(&SqliteLedger::set_missing_since, work, FolderId{2},
                                std::int64_t{777}));
    REQUIRE(session->call<Done>(&SqliteLedger::record_pass, work,
                                PassSummary{1, 5, "complete", "", 2, 7, 0}));
    REQUIRE(session->call<Done>(&SqliteLedger::record_pass, work, pass));
    if (!writer_is_there) session.reset();

    std::unique_ptr<Database> other;
    if (in_a_transaction) {
      other = std::move(*Database::open(path, Database::Mode::kWrite));
      REQUIRE(other->run("BEGIN IMMEDIATE"));
      REQUIRE(other->run("DELETE FROM folder"));
    }

    const auto reports = read_ledger(path);
    if (!reports) FAIL(reports.error().what);
    REQUIRE(reports->size() == 2);
    const AccountReport& home = (*reports)[0];
    CHECK(home.name == "home");
    CHECK(home.store_id.empty());
    CHECK(home.opened_ms == 4321);
    CHECK(home.folders.empty());
    CHECK_FALSE(home.last_pass.has_value());
    const AccountReport& report = (*reports)[1];
    CHECK(report.name == "work");
    CHECK(report.store_id == "s1");
    CHECK(report.complete_ms == 5);
    REQUIRE(report.folders.size() == 2);
    CHECK(report.folders[0].record == folder_of(1, "INBOX"));
    CHECK(report.folders[0].stored == 2);
    CHECK(report.folders[0].stored_bytes == 7);
    CHECK(report.folders[0].quarantined == 0);
    CHECK(report.folders[1].missing_since_ms == 777);
    CHECK(report.folders[1].quarantined == 1);
    REQUIRE(report.quarantined.size() == 1);
    CHECK(report.quarantined[0].key == key_of(2, 7, 5));
    CHECK(report.quarantined[0].reason == "cut off");
    REQUIRE(report.last_pass.has_value());
    CHECK(report.last_pass->started_ms == 10);
    CHECK(report.last_pass->ended_ms == 20);
    CHECK(report.last_pass->outcome == "owed");
    CHECK(report.last_pass->detail == pass.detail);
    CHECK(report.last_pass->stored == 3);
    CHECK(report.last_pass->stored_bytes == 400);
    CHECK(report.last_pass->gone == 1);
  }
}

TEST_CASE("what a pass owes and leaves out is kept with the pass that said it first") {
  const TemporaryDirectory directory;
  const std::string path = directory / "ledger";
  LedgerSession session(path);
  const AccountId work = session.account("work").id;
  const auto record = [&](std::int64_t at_ms, std::vector<std::string> owed,
                          std::optional<LeftOut> left_out) {
    PassSummary pass{at_ms,           at_ms,   left_out ? "owed" : "failed", "", 0, 0, 0,
                     std::move(owed), left_out};
    REQUIRE(session.call<Done>(&SqliteLedger::record_pass, work, pass));
  };
  const auto read = [&] {
    const auto reports = read_ledger(path);
    REQUIRE(reports);
    return reports->front();
  };
  record(10, {"Shared: no right"}, LeftOut{{"Spam"}, {"b"}, {"x*"}, {"y"}, true});
  AccountReport report = read();
  CHECK(report.last_pass->owed == std::vector<std::string>{"Shared: no right"});
  CHECK(*report.last_pass->left_out == LeftOut{{"Spam"}, {"b"}, {"x*"}, {"y"}, true});
  CHECK(report.left_out_since_ms == std::map<std::string, std::int64_t>{{"Spam", 10}, {"b", 10}});

  record(20, {}, std::nullopt);  // it failed before it knew the folders
  report = read();
  CHECK(report.last_pass->owed == std::vector<std::string>{"Shared: no right"});
  CHECK(*report.last_pass->left_out == LeftOut{{"Spam"}, {"b"}, {"x*"}, {"y"}, true});

  record(30, {}, LeftOut{{"Sent", "Spam"}, {}, {}, {}, true});
  report = read();
  CHECK(report.last_pass->owed.empty());
  CHECK(*report.last_pass->left_out == LeftOut{{"Sent", "Spam"}, {}, {}, {}, true});
  CHECK(report.left_out_since_ms ==
        std::map<std::string, std::int64_t>{{"Sent", 30}, {"Spam", 10}});

  REQUIRE(session.call<Done>(&SqliteLedger::start_over, work, std::string("s2")));
  CHECK(read().left_out_since_ms.empty());
}

TEST_CASE("reading changes nothing and needs no right to write") {
  const TemporaryDirectory directory;
  const std::string path = directory / "state#1%20?/ledger";
  std::filesystem::create_directory(directory / "state#1%20?");
  { LedgerSession(path).account(); }
  const auto before = std::filesystem::last_write_time(path);
  std::filesystem::permissions(directory / "state#1%20?", std::filesystem::perms::owner_read |
                                                              std::filesystem::perms::owner_exec);
  const auto reports = read_ledger(path);
  std::filesystem::permissions(directory / "state#1%20?", std::filesystem::perms::owner_all);
  if (!reports) FAIL(reports.error().what);
  CHECK(reports->size() == 1);
  CHECK(std::filesystem::last_write_time(path) == before);
  CHECK_FALSE(std::filesystem::exists(path + ".damaged-1"));
}

TEST_CASE("the reader says why there is nothing to read") {
  const TemporaryDirectory directory;
  std::filesystem::create_directory(directory / "directory");
  std::ofstream(directory / "garbage") << std::string(5000, 'x');
  std::ofstream(directory / "empty");
  {
    auto database = Database::open(directory / "foreign", Database::Mode::kWrite);
    REQUIRE((*database)->script("CREATE TABLE message (x)"));
    auto later = Database::open(directory / "later", Database::Mode::kWrite);
    REQUIRE((*later)->script(
        "CREATE TABLE a (x); PRAGMA application_id = 1229802320; PRAGMA user_version = 99"));
  }
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"missing", "nothing has been mirrored yet"},
      {"missing/ledger", "nothing has been mirrored yet"},
      {"garbage/ledger", "nothing has been mirrored yet"},
      {"directory", "not a file"},
      {"garbage", "not a database"},
      {"empty", "it is empty"},
      {"foreign", "it is not a ledger"},
      {"later", "a later version"},
  };
  for (const auto& [name, says] : rows) {
    INFO(name);
    const auto refused = read_ledger(directory / name);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().trouble == Trouble::kStore);
    CHECK(refused.error().remedy == Remedy::kNeedsOperator);
    CHECK_THAT(refused.error().what, Catch::Contains(says));
  }
}
