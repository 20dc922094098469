#include "sync/state/sqlite/sqlite_ledger.h"

#include <sqlite3.h>

#include <ctime>

#include "tests/sync/state/sqlite/ledger_fixture.h"

using namespace imapkeep;

namespace {

const UidValidity kGeneration{7};
const FolderId kInbox{1};

}  // namespace

TEST_CASE("an account is found again under its name, with its store and its place in the journal") {
  const TemporaryDirectory directory;
  AccountId work;
  {
    LedgerSession session(directory / "ledger");
    const LedgerAccount fresh = session.account("work");
    CHECK(fresh.store_id.empty());
    CHECK(fresh.journal_end == JournalPosition{});
    CHECK(session.account("home").id != fresh.id);
    work = fresh.id;
    REQUIRE(session.call<Done>(&SqliteLedger::start_over, work, std::string("s1")));
    REQUIRE(session.call<Done>(&SqliteLedger::apply, work,
                               std::vector<Record>{folder_of(1, "INBOX")}, JournalPosition{3, 99},
                               std::vector<FolderCursor>{}));
  }
  LedgerSession again(directory / "ledger");
  const LedgerAccount found = again.account("work");
  CHECK(found.id == work);
  CHECK(found.store_id == "s1");
  CHECK(found.journal_end == JournalPosition{3, 99});

  SECTION("starting over empties it") {
    REQUIRE(again.call<Done>(&SqliteLedger::start_over, work, std::string("s2")));
    CHECK(again.account("work").store_id == "s2");
    CHECK(again.account("work").journal_end == JournalPosition{});
    CHECK(again.folders(work, true).empty());
  }
  SECTION("a store is unproven until it is known to be the account's") {
    const auto start_over = [&](const std::string& store) {
      REQUIRE(again.call<Done>(&SqliteLedger::start_over, work, store));
      return again.account("work").unproven;
    };
    CHECK(found.unproven);
    CHECK(start_over("s1"));
    REQUIRE(again.call<Done>(&SqliteLedger::forget_former_names, work));
    CHECK_FALSE(again.account("work").unproven);
    CHECK_FALSE(start_over("s1"));
    CHECK(start_over("s2"));
    CHECK_FALSE(start_over(""));
  }
  SECTION("another name for the same store takes the place of the former one") {
    const LedgerAccount office = again.account("office");
    REQUIRE(again.call<Done>(&SqliteLedger::start_over, office.id, std::string("s1")));
    // Not before it is certain that it is the same account.
    CHECK(again.account("work").id == work);
    CHECK(again.folders(work, true).size() == 1);
    REQUIRE(again.call<Done>(&SqliteLedger::forget_former_names, office.id));
    CHECK(again.account("work").id != work);
    CHECK(again.account("work").store_id.empty());
    CHECK(again.account("office").store_id == "s1");
  }
  SECTION("an account without a store has no former names") {
    const AccountId office = again.account("office").id;
    again.account("home");
    REQUIRE(again.call<Done>(&SqliteLedger::forget_former_names, office));
    CHECK(again.account("work").id == work);
  }
  SECTION("the journal says whose mail it is; the last word counts") {
    CHECK_FALSE(found.owner);
    REQUIRE(again.try_apply(work, {OwnerRecord{"a.example", "me", "", 1},
                                   OwnerRecord{"b.example", "\xffyou", "them", 2}}));
    CHECK(again.account("work").owner == MailboxOwner{"b.example", "\xffyou", "them"});
    CHECK_FALSE(again.account("home").owner);
    REQUIRE(again.call<Done>(&SqliteLedger::start_over, work, std::string("s1")));
    CHECK_FALSE(again.account("work").owner);
  }
  SECTION("an account that is not there takes nothing") {
    const AccountId nobody{77};
    CHECK_FALSE(again.try_apply(nobody, {}));
    CHECK_FALSE(again.call<Done>(&SqliteLedger::start_over, nobody, std::string("s9")));
    CHECK_FALSE(again.call<Done>(&SqliteLedger::record_pass, nobody, PassSummary{}));
  }
}

TEST_CASE("folders are created, renamed, missed and gone") {
  const TemporaryDirectory directory;
  LedgerSession session(directory / "ledger");
  const AccountId work = session.account().id;
  session.apply(work, {folder_of(1, "INBOX"), folder_of(2, "Old")});

  FolderRecord renamed{FolderId{2}, {"New", NameEncoding::kUtf8}, '.', "New%2E", 5};
  const FolderRenamingRecord intention{FolderId{1}, {"X", NameEncoding::kUtf7}, '/', "a", "b", 4};
  REQUIRE(
      session.call<Done>(&SqliteLedger::set_missing_since, work, FolderId{2}, std::int64_t{1234}));
  CHECK(session.folders(work)[1].missing_since_ms == 1234);
  session.apply(work, {intention, renamed});
  CHECK(session.folders(work)[0].record == folder_of(1, "INBOX"));
  CHECK(session.folders(work)[1].record == renamed);
  CHECK(session.folders(work)[1].missing_since_ms == 0);

  session.apply(work, {FolderGoneRecord{FolderId{2}, 6}});
  CHECK(session.folders(work).size() == 1);
  REQUIRE(session.folders(work, true).size() == 2);
  CHECK(session.folders(work, true)[1].gone);

  // Later a folder of that name is another one.
  renamed.id = FolderId{3};
  session.apply(work, {renamed});
  REQUIRE(session.folders(work).size() == 2);
  CHECK(session.folders(work)[1].record == renamed);
  CHECK(session.folders(work, true).size() == 3);
}

TEST_CASE("raw names keep every byte") {
  const TemporaryDirectory directory;
  LedgerSession session(directory / "ledger");
  const AccountId work = session.account().id;
  for (const std::string& name : {std::string("a\0b", 3), std::string("\xff\xfe"), std::string(),
                                  std::string("M&APw-ll"), std::string("'; DROP TABLE folder")}) {
    session.apply(work, {folder_of(1, name)});
    CHECK(session.folders(work)[0].record.name.raw == name);
  }
}

TEST_CASE("cursors move with the records or not at all") {
  const TemporaryDirectory directory;
  LedgerSession session(directory / "ledger");
  const AccountId work = session.account().id;
  session.apply(work, {folder_of(1, "INBOX")});
  FolderCursor cursor;
  cursor.folder = kInbox;
  cursor.uid_validity = kGeneration;
  cursor.uid_next = 1ULL << 32;
  cursor.exists = 12;
  cursor.highest_mod_seq = ModSeq{(1ULL << 63) - 1};
  cursor.complete = true;
  cursor.token.bytes = std::string("7\0\xff'", 4);  // whatever a store puts there
  cursor.listed_at_ms = 1'700'000'000'001;
  session.apply(work, {message_of(key_of(1, 7, 1), "a")}, {cursor});
  CHECK(session.folders(work)[0].cursor == cursor);

  FolderCursor later = cursor;
  later.uid_next = 1;
  FolderCursor stray;
  stray.folder = FolderId{9};
  const auto refused = session.try_apply(work, {message_of(key_of(1, 7, 2), "b")}, {later, stray});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().trouble == Trouble::kStore);
  CHECK(session.folders(work)[0].cursor == cursor);
  CHECK(session.folders(work)[0].stored == 1);
  CHECK(session.uids(work, kInbox, kGeneration).str() == "1");
}

TEST_CASE("a record in a folder that no record created is refused with its whole transaction") {
  const TemporaryDirectory directory;
  LedgerSession session(directory / "ledger");
  const AccountId work = session.account().id;
  const std::vector<Record> strays = {message_of(key_of(5, 7, 1), "a"),
                                      QuarantineRecord{key_of(5, 7, 1), "why", 1},
                                      FolderGoneRecord{FolderId{5}, 1}};
  for (const Record& stray : strays) {
    CHECK_FALSE(session.try_apply(work, {folder_of(1, "INBOX"), stray}));
    CHECK(session.folders(work, true).empty());
    CHECK(session.uids(work, FolderId{5}, kGeneration).empty());
    CHECK(session.quarantined(work).empty());
  }
}

TEST_CASE("messages come back as they were recorded") {
  const TemporaryDirectory directory;
  LedgerSession session(directory / "ledger");
  const AccountId work = session.account().id;
  MessageRecord odd = message_of(key_of(1, 0xffffffff, 0xffffffff), "odd", -1);
  odd.rfc822_size = ~0ULL;
  odd.identity.xxh3 = 0x8000000000000001;
  odd.identity.size = 1ULL << 40;
  odd.identity.crlf_size = (1ULL << 40) + 3;
  odd.number = 0xffffffff;
  odd.server_id = "1278455344230334865";
  odd.flags = Flags::from_bits(0x3f);
  odd.flags.keywords = {"$Junk", "4:x", "OIB-Seen-[Gmail]/All Mail", std::string("\xff\0", 2)};
  odd.decided = Decided::kInferred;
  session.apply(work, {folder_of(1, "INBOX"), odd});
  const auto found = session.window(work, kInbox, UidValidity{0xffffffff});
  REQUIRE(found.size() == 1);
  CHECK(found[0] == known_of(odd));
  CHECK(session.folders(work)[0].stored_bytes == 1ULL << 40);

  Flags fewer;
  fewer.seen = true;
  session.apply(work, {FlagsRecord{odd.key, fewer, 2}});
  CHECK(session.window(work, kInbox, UidValidity{0xffffffff})[0].flags == fewer);
}

TEST_CASE("windows, generations and UID sets of one folder do not see the others") {
  const TemporaryDirectory directory;
  LedgerSession session(directory / "ledger");
  const AccountId work = session.account("work").id;
  const AccountId home = session.account("home").id;
  std::vector<Record> records = {folder_of(1, "INBOX"), folder_of(2, "Sent")};
  for (std::uint32_t uid = 1; uid <= 10; ++uid) {
    records.emplace_back(message_of(key_of(1, 7, uid), "a"));
  }
  records.emplace_back(message_of(key_of(1, 8, 4), "b"));
  records.emplace_back(message_of(key_of(1, 0, 4), "b"));
  records.emplace_back(message_of(key_of(2, 7, 40), "c"));
  session.apply(work, records);
  session.apply(home, {folder_of(1, "INBOX"), message_of(key_of(1, 7, 99), "d")});

  CHECK(session.uids(work, kInbox, kGeneration).str() == "1:10");
  CHECK(session.uids(work, FolderId{2}, kGeneration).str() == "40");
  CHECK(session.uids(home, kInbox, kGeneration).str() == "99");
  CHECK(session.uids(home, FolderId{2}, kGeneration).empty());

  const auto window = session.window(work, kInbox, kGeneration, Uid{4}, 3);
  REQUIRE(window.size() == 3);
  CHECK(window.front().key.uid == Uid{4});
  CHECK(window.back().key.uid == Uid{6});
  CHECK(session.window(work, kInbox, kGeneration, Uid{11}, 3).empty());
  CHECK(session.window(work, kInbox, kGeneration, Uid{1}, 0).empty());

  const auto generations =
      session.call<std::vector<UidValidity>>(&SqliteLedger::generations, work, kInbox);
  REQUIRE(generations);
  CHECK(*generations == std::vector<UidValidity>{UidValidity{0}, UidValidity{7}, UidValidity{8}});
}

TEST_CASE("a name is taken by live messages of its folder; equal bytes are found anywhere") {
  const TemporaryDirectory directory;
  LedgerSession session(directory / "ledger");
  const AccountId work = session.account().id;
  const std::int64_t date = 1000;
  MessageRecord first = message_of(key_of(1, 7, 1), "same", date);
  MessageRecord second = message_of(key_of(1, 7, 2), "same", date);
  second.number = 3;
  // A forged collision: the hint and the sizes agree, the bytes do not.
  MessageRecord forged = message_of(key_of(1, 7, 3), "evil", date);
  forged.identity.xxh3 = first.identity.xxh3;
  forged.number = 2;
  const MessageRecord elsewhere = message_of(key_of(2, 7, 1), "same", date);
  const MessageRecord later = message_of(key_of(1, 7, 4), "same", date + 1);
  session.apply(
      work, {folder_of(1, "INBOX"), folder_of(2, "Sent"), first, second, forged, elsewhere, later});

  struct Row {
    const char* name;
    NameQuestion question;
    std::vector<std::uint32_t> taken;
    std::optional<MessageKey> same;
    std::string path;
  };
  const MessageIdentity same = first.identity;
  MessageIdentity wider = same;
  ++wider.crlf_size;
  const std::vector<Row> rows = {
      {"same folder", {key_of(1, 7, 9), date, same}, {1, 2, 3}, first.key, "INBOX"},
      {"itself again", {first.key, date, same}, {2, 3}, second.key, "INBOX"},
      {"the other itself", {second.key, date, same}, {1, 2}, first.key, "INBOX"},
      {"the same UID, another generation",
       {key_of(1, 8, 1), date, same},
       {1, 2, 3},
       first.key,
       "INBOX"},
      {"only itself", {later.key, date + 1, same}, {}, std::nullopt, ""},
      {"other folder", {key_of(2, 7, 9), date, same}, {1}, first.key, "INBOX"},
      {"other date", {key_of(1, 7, 9), date + 1, same}, {1}, later.key, "INBOX"},
      {"no such date", {key_of(1, 7, 9), date + 2, same}, {}, std::nullopt, ""},
      {"other W", {key_of(1, 7, 9), date, wider}, {}, first.key, "INBOX"},
      {"forged", {key_of(1, 7, 9), date, forged.identity}, {1, 2, 3}, forged.key, "INBOX"},
      {"new bytes", {key_of(1, 7, 9), date, identity_of("new")}, {}, std::nullopt, ""},
      {"unknown folder", {key_of(3, 7, 9), date, same}, {}, first.key, "INBOX"},
  };
  std::vector<NameQuestion> questions;
  for (const Row& row : rows) questions.push_back(row.question);
  const auto answers = session.name_facts(work, questions);
  REQUIRE(answers.size() == rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    INFO(rows[i].name);
    CHECK(answers[i].taken_numbers.list() == rows[i].taken);
    REQUIRE(answers[i].same_bytes.has_value() == rows[i].same.has_value());
    if (rows[i].same) CHECK(answers[i].same_bytes->key == *rows[i].same);
    CHECK(answers[i].same_bytes_path == rows[i].path);
  }

  session.apply(work, {GoneRecord{first.key, GoneTo::kKept, 1}});
  const auto after = session.name_facts(work, {rows[0].question});
  CHECK(after[0].taken_numbers.list() == std::vector<std::uint32_t>{2, 3});
  CHECK(after[0].same_bytes->key == second.key);
}

TEST_CASE("equal messages of a batch are asked about once") {
  const TemporaryDirectory directory;
  LedgerSession session(directory / "ledger");
  const AccountId work = session.account().id;
  constexpr std::int64_t kDate = 1'700'000'000;
  constexpr std::uint32_t kStored = 20'000;
  const bool one_date = GENERATE(true, false);
  std::vector<Record> records = {folder_of(1, "INBOX")};
  for (std::uint32_t uid = 1; uid <= kStored; ++uid) {
    MessageRecord record = message_of(key_of(1, 7, uid), "same", one_date ? kDate : kDate + uid);
    record.number = one_date ? uid : 1;
    records.emplace_back(record);
  }
  session.apply(work, records);
  std::vector<NameQuestion> questions;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    questions.push_back(
        {key_of(1, 7, kStored + 1 + i), one_date ? kDate : kDate + i, identity_of("same")});
  }
  // Ten seconds are what it costs to walk all rows for each; this takes a hundredth of that.
  const std::clock_t before = std::clock();
  const auto answers = session.name_facts(work, questions);
  CHECK((std::clock() - before) / CLOCKS_PER_SEC < 3);
  if (!one_date) {
    CHECK(answers[0].taken_numbers.list().empty());
    CHECK(answers[7].taken_numbers.list() == std::vector<std::uint32_t>{1});
    CHECK(answers[7].same_bytes->key == key_of(1, 7, 7));
    return;
  }
  for (const NameFacts& answer : answers) {
    REQUIRE(answer.taken_numbers.all == answers[0].taken_numbers.all);  // one list, not equal ones
    REQUIRE(answer.same_bytes);
  }
  CHECK(answers[0].taken_numbers.list().size() == kStored);
}

TEST_CASE("one folder is read by its id") {
  const TemporaryDirectory directory;
  LedgerSession session(directory / "ledger");
  const AccountId work = session.account().id;
  session.apply(work, {folder_of(1, "INBOX"), folder_of(2, "Sent"), folder_of(3, "Old"),
                       message_of(key_of(2, 7, 1), "a"), FolderGoneRecord{FolderId{3}, 1}});
  const auto one = [&](std::uint32_t id) {
    const auto found =
        session.call<std::optional<LedgerFolder>>(&SqliteLedger::folder, work, FolderId{id});
    REQUIRE(found);
    return *found;
  };
  REQUIRE(one(2));
  CHECK(one(2)->record == session.folders(work)[1].record);
  CHECK(one(2)->stored == 1);
  CHECK_FALSE(one(3));  // gone
  CHECK_FALSE(one(4));  // never there
}

TEST_CASE("live elsewhere means: under a key that is not leaving too") {
  const TemporaryDirectory directory;
  LedgerSession session(directory / "ledger");
  const AccountId work = session.account().id;
  const auto a1 = message_of(key_of(1, 7, 1), "a");
  const auto a2 = message_of(key_of(2, 7, 1), "a", 5);  // another date is no matter here
  const auto b = message_of(key_of(1, 7, 2), "b");
  auto forged = message_of(key_of(1, 7, 3), "c");
  forged.identity.xxh3 = b.identity.xxh3;
  session.apply(work, {folder_of(1, "INBOX"), folder_of(2, "Sent"), a1, a2, b, forged});
  const AccountId home = session.account("home").id;
  session.apply(home, {folder_of(1, "INBOX"), message_of(key_of(1, 7, 1), "b")});

  using Answers = std::vector<bool>;
  CHECK(session.live_elsewhere(work, {}).empty());
  CHECK(session.live_elsewhere(work, {known_of(a1), known_of(b)}) == Answers{true, false});
  CHECK(session.live_elsewhere(work, {known_of(a1), known_of(a2)}) == Answers{false, false});
  CHECK(session.live_elsewhere(work, {known_of(forged)}) == Answers{false});
  const UidsByPlace sent{{{FolderId{2}, UidValidity{7}}, UidSet::of(Uid{1}, Uid{1})}};
  CHECK(session.live_elsewhere(work, {known_of(a1)}, sent) == Answers{false});
  const auto a3 = message_of(key_of(2, 7, 2), "a");
  session.apply(work, {a3});
  CHECK(session.live_elsewhere(work, {known_of(a1)}, sent) == Answers{true});
  session.apply(work, {GoneRecord{a3.key, GoneTo::kMoved, 1}});
  session.apply(work, {GoneRecord{a2.key, GoneTo::kMoved, 1}});
  CHECK(session.live_elsewhere(work, {known_of(a1)}) == Answers{false});
}

TEST_CASE("live elsewhere: rather in a present generation than in an older one") {
  for (const std::uint32_t present : {7U, 8U, 9U}) {
    CAPTURE(present);
    const TemporaryDirectory directory;
    LedgerSession session(directory / "ledger");
    const AccountId work = session.account().id;
    FolderCursor cursor;
    cursor.folder = FolderId{1};
    cursor.uid_validity = UidValidity{present};
    const auto leaving = message_of(key_of(2, 3, 1), "a");
    session.apply(
        work,
        {folder_of(1, "INBOX"), folder_of(2, "Sent"), leaving, message_of(key_of(1, 7, 1), "a"),
         message_of(key_of(1, 8, 1), "a"), message_of(key_of(1, 9, 1), "a")},
        {cursor});
    const auto answer = session.call<std::vector<std::optional<LiveCopy>>>(
        &SqliteLedger::live_elsewhere, work, std::vector{known_of(leaving)}, nullptr);
    REQUIRE(answer);
    CHECK(answer->at(0)->message.key == key_of(1, present, 1));
  }
}

TEST_CASE("quarantine begins, is counted, and ends with the message or its disappearance") {
  const TemporaryDirectory directory;
  LedgerSession session(directory / "ledger");
  const AccountId work = session.account().id;
  const MessageKey key = key_of(1, 7, 9);
  session.apply(work, {folder_of(1, "INBOX"), QuarantineRecord{key, "cut off", 100}});
  REQUIRE(session.quarantined(work).size() == 1);
  CHECK(session.folders(work)[0].quarantined == 1);
  REQUIRE(session.call<Done>(&SqliteLedger::count_attempts, work,
                             std::vector<MessageKey>{key, key_of(1, 7, 10)}));
  session.apply(work, {QuarantineRecord{key, "empty answer", 200}});
  const auto owed = session.quarantined(work);
  REQUIRE(owed.size() == 1);
  CHECK(owed[0].key == key);
  CHECK(owed[0].reason == "empty answer");
  CHECK(owed[0].attempts == 2);
  CHECK(owed[0].since_ms == 100);
  CHECK(session.folders(work)[0].quarantined == 1);

  const std::vector<Record> ends = {message_of(key, "here at last"),
                                    GoneRecord{key, GoneTo::kKept, 1}};
  const auto end = GENERATE(0U, 1U);
  session.apply(work, {ends[end]});
  CHECK(session.quarantined(work).empty());
  CHECK(session.folders(work)[0].quarantined == 0);
  CHECK(session.folders(work)[0].stored == (end == 0 ? 1 : 0));
}

TEST_CASE("nothing of a folder that is gone waits any more") {
  const TemporaryDirectory directory;
  LedgerSession session(directory / "ledger");
  const AccountId work = session.account().id;
  session.apply(work, {folder_of(1, "INBOX"), folder_of(2, "Gone")});
  const WaitingDeparture stays{FolderId{1}, kGeneration, UidSet::of(Uid{1}, Uid{9}), 100, true};
  const WaitingDeparture leaves{FolderId{2}, kGeneration, UidSet::of(Uid{1}, Uid{9}), 100, true};
  REQUIRE(session.call<Done>(&SqliteLedger::set_waiting, work, std::vector{stays, leaves}));
  session.apply(work, {FolderGoneRecord{FolderId{2}, 1}});
  using Waiting = std::vector<WaitingDeparture>;
  CHECK(*session.call<Waiting>(&SqliteLedger::waiting, work) == Waiting{stays});
}

TEST_CASE("what waits to leave comes back as it was written, also in a later process") {
  const TemporaryDirectory directory;
  const WaitingDeparture some{FolderId{1}, kGeneration, UidSet::of(Uid{1}, Uid{9}), 100, true};
  WaitingDeparture other{FolderId{1}, kGeneration, UidSet::of(Uid{20}, Uid{20}), 100, false};
  other.uids.add(Uid{0xffffffff});
  {
    LedgerSession session(directory / "ledger");
    const AccountId work = session.account().id;
    session.apply(work, {folder_of(1, "INBOX")});
    REQUIRE(session.call<Done>(&SqliteLedger::set_waiting, work, std::vector{some}));
    REQUIRE(session.call<Done>(&SqliteLedger::set_waiting, work, std::vector{other, some}));
  }
  LedgerSession session(directory / "ledger");
  const AccountId work = session.account().id;
  using Waiting = std::vector<WaitingDeparture>;
  CHECK(*session.call<Waiting>(&SqliteLedger::waiting, work) == Waiting{other, some});
  REQUIRE(session.call<Done>(&SqliteLedger::start_over, work, std::string("another store")));
  CHECK(session.call<Waiting>(&SqliteLedger::waiting, work)->empty());
}

TEST_CASE("a call that nobody waits for is done all the same, and silent") {
  const TemporaryDirectory directory;
  LedgerSession session(directory / "ledger");
  const AccountId work = session.account().id;
  bool called = false;
  {
    const Operation dropped =
        session.ledger().apply(work, {folder_of(1, "INBOX")}, JournalPosition{1, 1}, {},
                               [&](const Result<Done>&) { called = true; });
  }
  session.workers().pump();
  CHECK_FALSE(called);
  CHECK(session.folders(work).size() == 1);
}
