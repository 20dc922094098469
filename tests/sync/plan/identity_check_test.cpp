#include "sync/plan/identity_check.h"

#include <catch2/catch.hpp>
#include <vector>

#include "sync/plan/mailbox_plan.h"
#include "sync/plan/next_cursor.h"

using namespace imapkeep;

namespace {

using Number = std::optional<std::int64_t>;
using Size = std::optional<std::uint64_t>;

KnownMessage known(std::int64_t date, std::uint64_t size, Number told = std::nullopt) {
  KnownMessage message;
  message.key = {FolderId{1}, UidValidity{7}, Uid{1}};
  message.internal_date = date;
  message.told_date = told;
  message.rfc822_size = size;
  return message;
}

constexpr std::int64_t kNow = 1'800'000'000'000;
constexpr std::int64_t kDay = 24LL * 60 * 60 * 1000;

FolderCursor remembered() {
  FolderCursor cursor;
  cursor.folder = FolderId{1};
  cursor.uid_validity = UidValidity{7};
  cursor.uid_next = 100;
  cursor.exists = 50;
  cursor.highest_mod_seq = ModSeq{1000};
  cursor.complete = true;
  cursor.listed_at_ms = kNow - 1000;
  cursor.mailbox_id = "one";
  return cursor;
}

MailboxFacts said() {
  MailboxFacts facts;
  facts.messages = 50;
  facts.uid_next = 100;
  facts.uid_validity = 7;
  facts.highest_mod_seq = 1000;
  facts.mailbox_id = "one";
  return facts;
}

}  // namespace

TEST_CASE("a server that announces something else of a message") {
  struct Row {
    const char* name;
    KnownMessage known;
    Number date;
    Size size;
    bool otherwise;
  };
  const std::vector<Row> rows = {
      {"the same", known(1000, 300), 1000, 300, false},
      {"another size", known(1000, 300), 1000, 301, true},
      {"another date", known(1000, 300), 1001, 300, true},
      {"nothing", known(1000, 300), std::nullopt, std::nullopt, false},
      {"no date", known(1000, 300), std::nullopt, 300, false},
      {"no size", known(1000, 300), 1000, std::nullopt, false},
      {"no size then", known(1000, 0), 1000, 300, false},
      {"no date then", known(0, 300), 1000, 300, false},
      {"before 1970", known(0, 300, -86'400), -86'400, 300, false},
      {"before 1970, and not any more", known(0, 300, -86'400), 4'294'880'896, 300, true},
      {"the date that it told last", known(1000, 300, 2000), 2000, 300, false},
      {"the date of the name, told long ago", known(1000, 300, 2000), 1000, 300, true},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    CHECK(announced_otherwise(row.known, row.date, row.size) == row.otherwise);
  }
}

TEST_CASE("a message that has been fetched again") {
  KnownMessage former = known(1000, 300);
  former.identity.sha256.bytes[0] = 1;
  former.number = 3;
  former.flags = Flags::from_bits(1);
  MessageRecord now;
  now.key = former.key;
  now.internal_date = 1000;
  now.rfc822_size = 300;
  now.identity = former.identity;
  CHECK(decide_recheck(former, now) == Recheck::kSame);
  SECTION("another date") { now.internal_date = 2000; }
  SECTION("another size") { now.rfc822_size = 400; }
  SECTION("in doubt") { now.doubtful = "why"; }
  CHECK(decide_recheck(former, now) ==
        (now.doubtful.empty() && now.internal_date == 1000 && now.rfc822_size == 300
             ? Recheck::kSame
             : Recheck::kRestated));
  const MessageRecord record = restated(former, now);
  CHECK(record.internal_date == 1000);
  CHECK(record.number == 3);
  CHECK(record.flags == former.flags);
  CHECK(record.rfc822_size == now.rfc822_size);
  now.identity.sha256.bytes[0] = 2;
  CHECK(decide_recheck(former, now) == Recheck::kReplaced);
}

TEST_CASE("when what is stored is compared with what is announced, and when it is fetched again") {
  struct Row {
    const char* name;
    void (*change)(FolderCursor&, MailboxFacts&);
    bool forgets_uids;
    Comparison compare;
    std::uint32_t doubted_from;  // 0: nothing
  };
  const auto none = Comparison::kNone;
  const auto all = Comparison::kAll;
  const auto changed = Comparison::kChanged;
  const std::vector<Row> rows = {
      {"nothing has changed", [](FolderCursor&, MailboxFacts&) {}, false, none, 0},
      {"a server that does not keep its UIDs", [](FolderCursor&, MailboxFacts&) {}, true, all, 0},
      {"no UIDNEXT", [](FolderCursor&, MailboxFacts& said) { said.uid_next.reset(); }, false, all,
       0},
      {"a day has passed",
       [](FolderCursor& cursor, MailboxFacts&) { cursor.listed_at_ms = kNow - kDay; }, false, all,
       0},
      {"never listed", [](FolderCursor& cursor, MailboxFacts&) { cursor.listed_at_ms = 0; }, false,
       none, 0},
      {"flags or mail have changed",
       [](FolderCursor&, MailboxFacts& said) { said.highest_mod_seq = 1001; }, false, changed, 0},
      {"the mod-sequence went back",
       [](FolderCursor&, MailboxFacts& said) { said.highest_mod_seq = 999; }, false, all, 1},
      {"there is none any more",
       [](FolderCursor&, MailboxFacts& said) { said.highest_mod_seq.reset(); }, false, all, 0},
      {"UIDNEXT went back", [](FolderCursor&, MailboxFacts& said) { said.uid_next = 90; }, false,
       all, 1},
      {"it went back once, and what is stored above is still here",
       [](FolderCursor& cursor, MailboxFacts& said) {
         cursor.doubted_from = 90;
         said.uid_next = 120;
       },
       false, none, 90},
      {"it goes back a second time",
       [](FolderCursor& cursor, MailboxFacts& said) {
         cursor.doubted_from = 90;
         said.uid_next = 80;
       },
       false, all, 1},
      {"another mailbox", [](FolderCursor&, MailboxFacts& said) { said.mailbox_id = "two"; }, false,
       all, 1},
      {"the mailbox has no id any more",
       [](FolderCursor&, MailboxFacts& said) { said.mailbox_id.clear(); }, false, none, 0},
      {"it had none", [](FolderCursor& cursor, MailboxFacts&) { cursor.mailbox_id.clear(); }, false,
       none, 0},
      {"an old UIDVALIDITY has come back",
       [](FolderCursor&, MailboxFacts& said) { said.uid_validity = 6; }, false, all, 0},
      {"comparing was in vain twice",
       [](FolderCursor& cursor, MailboxFacts& said) {
         cursor.vain_checks = kVainChecks;
         said.mailbox_id = "two";
       },
       true, none, 0},
      {"… which says nothing of UIDNEXT",
       [](FolderCursor& cursor, MailboxFacts& said) {
         cursor.vain_checks = kVainChecks;
         said.uid_next = 90;
       },
       true, none, 90},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    FolderCursor cursor = remembered();
    MailboxFacts facts = said();
    row.change(cursor, facts);
    const FolderWork work = decide_work(cursor, facts, true, row.forgets_uids, kNow);
    CHECK(work.compare == row.compare);
    CHECK((work.doubted ? work.doubted->first.value : 0) == row.doubted_from);
    if (work.compare == Comparison::kAll) CHECK(work.flags == FlagsScan::kFull);
    if (work.compare == Comparison::kChanged) CHECK(work.flags == FlagsScan::kChangedSince);
  }
}

TEST_CASE("what the next visit is told") {
  FolderCursor cursor = remembered();
  VisitFindings found;
  found.listed = UidSet::of(Uid{1}, Uid{60});
  const FolderCursor before = remembered();
  const MailboxFacts facts = said();
  SECTION("nothing special") {
    carry_on(cursor, before, facts, found);
    CHECK(cursor == before);
  }
  SECTION("mail that came after EXAMINE was counted") {
    found.listed.add(Uid{104});
    carry_on(cursor, before, facts, found);
    CHECK(cursor.uid_next == 105);
  }
  SECTION("a server whose UIDNEXT is too low has not gone back when it says so again") {
    found.listed.remove(UidRange{Uid{1}, Uid{11}});
    found.listed.add(Uid{104});
    carry_on(cursor, before, facts, found);
    CHECK(cursor.uid_next == before.uid_next);
    CHECK_FALSE(went_back(cursor, facts));
  }
  SECTION("UIDNEXT went back, and what is stored above has not left") {
    found.doubted = true;
    found.absences = true;
    carry_on(cursor, before, facts, found);
    CHECK(cursor.doubted_from == 100);
    SECTION("all of it has been compared since") {
      found.absences = false;
      carry_on(cursor, before, facts, found);
      CHECK(cursor.doubted_from == 0);
    }
    SECTION("the list was not as long as the mailbox, so who knows") {
      FolderCursor lower = before;
      lower.doubted_from = 90;
      found.absences = false;
      found.list_was_wrong = true;
      carry_on(cursor, lower, facts, found);
      CHECK(cursor.doubted_from == 90);
    }
  }
  SECTION("announcements have changed and bytes have not") {
    found.announced_anew = true;
    found.checked_same = 2;
    carry_on(cursor, before, facts, found);
    CHECK(cursor.vain_checks == 1);
    found.checked_other = 1;
    carry_on(cursor, before, facts, found);
    CHECK(cursor.vain_checks == 0);
  }
  SECTION("another mailbox with the same mail") {
    MailboxFacts other = said();
    other.mailbox_id = "two";
    found.checked_same = 2;
    carry_on(cursor, before, other, found);
    CHECK(cursor.vain_checks == 1);
    CHECK(cursor.mailbox_id == "two");
  }
  SECTION("numbered anew, again and again") {
    cursor.uid_validity = UidValidity{8};
    carry_on(cursor, before, facts, found);
    CHECK(cursor.renumbered == 1);
    FolderCursor next = cursor;
    next.uid_validity = UidValidity{9};
    carry_on(next, cursor, facts, found);
    CHECK(next.renumbered == 2);
    carry_on(next, next, facts, found);
    CHECK(next.renumbered == 0);
  }
}
