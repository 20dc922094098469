#include "sync/plan/mailbox_plan.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <random>

using namespace imapkeep;

namespace {

constexpr std::int64_t kHour = 60LL * 60 * 1000;
constexpr std::int64_t kNow = 1'700'000'000'000;

using Change = std::function<void(FolderCursor&, MailboxFacts&)>;

FolderCursor remembered() {
  FolderCursor cursor;
  cursor.folder = FolderId{1};
  cursor.uid_validity = UidValidity{7};
  cursor.uid_next = 100;
  cursor.exists = 50;
  cursor.highest_mod_seq = ModSeq{1000};
  cursor.complete = true;
  cursor.listed_at_ms = kNow - kHour;
  return cursor;
}

MailboxFacts said() { return {50, 100, 7U, 1000}; }

KnownMessage known(std::uint32_t uid, std::uint32_t bits = 0) {
  KnownMessage message;
  message.key = {FolderId{1}, UidValidity{7}, Uid{uid}};
  message.flags = Flags::from_bits(bits);
  return message;
}

UidSet set(const std::string& text) {
  if (text.empty()) return {};
  const auto parsed = UidSet::parse(text);
  REQUIRE(parsed.has_value());
  return *parsed;
}

// Changes to a visit of a folder where nothing has happened.
const auto kNothing = [](FolderCursor&, MailboxFacts&) {};
Change listed_before(std::int64_t ms) {
  return [ms](FolderCursor& cursor, MailboxFacts&) { cursor.listed_at_ms = kNow - ms; };
}
Change uid_next(std::optional<std::uint64_t> value) {
  return [value](FolderCursor&, MailboxFacts& facts) { facts.uid_next = value; };
}
Change mod_seq(std::optional<std::uint64_t> value) {
  return [value](FolderCursor&, MailboxFacts& facts) { facts.highest_mod_seq = value; };
}
Change messages(std::optional<std::uint64_t> value) {
  return [value](FolderCursor&, MailboxFacts& facts) { facts.messages = value; };
}
Change uid_validity(std::optional<std::uint32_t> value) {
  return [value](FolderCursor&, MailboxFacts& facts) { facts.uid_validity = value; };
}
const auto kUnfinished = [](FolderCursor& cursor, MailboxFacts&) { cursor.complete = false; };
const auto kForgotten = [](FolderCursor& cursor, MailboxFacts&) { cursor = FolderCursor{}; };
const auto kNeverModSeq = [](FolderCursor& cursor, MailboxFacts&) {
  cursor.highest_mod_seq = ModSeq{0};
};
Change both(Change first, Change second) {
  return [first = std::move(first), second = std::move(second)](FolderCursor& cursor,
                                                                MailboxFacts& facts) {
    first(cursor, facts);
    second(cursor, facts);
  };
}

}  // namespace

TEST_CASE("what a server calls nothing is absent, and so is what cannot be") {
  const auto none = MailboxFacts::from_server(0, 0, 0, 0);
  CHECK(none.messages == 0U);
  CHECK_FALSE(none.uid_next.has_value());
  CHECK_FALSE(none.uid_validity.has_value());
  CHECK_FALSE(none.highest_mod_seq.has_value());
  const auto most =
      MailboxFacts::from_server(0xffffffff, 0x100000000, 0xffffffff, 0x7fffffffffffffff);
  CHECK(most.messages == 0xffffffffU);
  CHECK(most.uid_next == 0x100000000U);
  CHECK(most.uid_validity == 0xffffffffU);
  CHECK(most.highest_mod_seq == 0x7fffffffffffffffU);
  const auto beyond =
      MailboxFacts::from_server(0x100000000, 0x100000001, 0x100000000, 0x8000000000000000);
  CHECK_FALSE(beyond.messages.has_value());
  CHECK_FALSE(beyond.uid_next.has_value());
  CHECK_FALSE(beyond.uid_validity.has_value());
  CHECK_FALSE(beyond.highest_mod_seq.has_value());
}

TEST_CASE("a folder is passed over only when every number agrees") {
  using V = FolderVisit;
  struct Row {
    const char* name;
    Change change;
    bool owed;
    FolderVisit visit;
  };
  const std::vector<Row> rows = {
      {"all agrees", kNothing, false, V::kSkip},
      {"something is owed", kNothing, true, V::kOwed},
      {"no pass yet", kForgotten, false, V::kUnfinished},
      {"unfinished", kUnfinished, false, V::kUnfinished},
      {"listed 23 h ago", listed_before(23 * kHour), false, V::kSkip},
      {"listed 24 h ago", listed_before(24 * kHour), false, V::kListingDue},
      {"listed in the future", listed_before(-1), false, V::kListingDue},
      {"other UIDVALIDITY", uid_validity(8), false, V::kChanged},
      {"new mail", uid_next(101), false, V::kChanged},
      {"UIDNEXT went back", uid_next(99), false, V::kChanged},
      {"expunged", messages(49), false, V::kChanged},
      {"flags", mod_seq(1001), false, V::kChanged},
      {"restored from a backup", mod_seq(999), false, V::kChanged},
      {"no UIDVALIDITY", uid_validity(std::nullopt), false, V::kUnknowable},
      {"no UIDNEXT", uid_next(std::nullopt), false, V::kUnknowable},
      {"no MESSAGES", messages(std::nullopt), false, V::kUnknowable},
      {"no HIGHESTMODSEQ", mod_seq(std::nullopt), false, V::kUnknowable},
      {"never had one", kNeverModSeq, false, V::kUnknowable},
      {"neither side has one", both(kNeverModSeq, mod_seq(std::nullopt)), false, V::kUnknowable},
      {"zero on both sides", both(kNeverModSeq, mod_seq(0)), false, V::kUnknowable},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    FolderCursor cursor = remembered();
    MailboxFacts facts = said();
    row.change(cursor, facts);
    CHECK(decide_visit(cursor, facts, row.owed, kNow) == row.visit);
  }
  CHECK(decide_visit(remembered(), MailboxFacts{}, false, kNow) == V::kUnknowable);
}

TEST_CASE("a count that EXAMINE alone says, and that would hide mail, is asked for again") {
  const auto was_empty = [](FolderCursor& cursor, MailboxFacts& facts) {
    cursor.exists = 0;
    facts.messages = 0;
  };
  struct Row {
    const char* name;
    std::optional<std::uint64_t> listed;  ///< MESSAGES of LIST's STATUS
    Change change;
    bool doubtful;
  };
  const std::vector<Row> rows = {
      {"both say the same", 50, kNothing, false},
      {"mail has come since LIST", 49, kNothing, false},
      {"LIST said more", 51, kNothing, true},
      {"LIST said more, EXAMINE nothing", 4, messages(0), true},
      {"both say that it is empty", 0, messages(0), false},
      {"nobody else says, and the list of UIDs will tell", std::nullopt, kNothing, false},
      {"empty all at once", std::nullopt, messages(0), true},
      {"empty, seen for the first time", std::nullopt, both(kForgotten, messages(0)), true},
      {"empty as it was", std::nullopt, was_empty, false},
      {"empty as it was, but not seen to its end", std::nullopt, both(was_empty, kUnfinished),
       true},
      {"empty as it was, and UIDs have been given", std::nullopt, both(was_empty, uid_next(101)),
       true},
      {"empty as it was, in another generation", std::nullopt, both(was_empty, uid_validity(8)),
       true},
      {"empty, and UIDNEXT is not told", std::nullopt, both(was_empty, uid_next(std::nullopt)),
       true},
      {"empty, and no UID was ever given", std::nullopt,
       both(kForgotten, both(messages(0), uid_next(1))), false},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    FolderCursor cursor = remembered();
    MailboxFacts examined = said();
    row.change(cursor, examined);
    MailboxFacts listed;
    listed.messages = row.listed;
    CHECK(is_doubtful_count(cursor, listed, examined) == row.doubtful);
  }
}

TEST_CASE("what a visit has to do") {
  const auto work = [](FlagsScan flags, bool uid_list, std::optional<UidRange> new_uids = {}) {
    FolderWork made;
    made.flags = flags;
    made.uid_list = uid_list;
    made.new_uids = new_uids;
    if (flags == FlagsScan::kChangedSince) made.changed_since = ModSeq{1000};
    return made;
  };
  FolderWork next_generation = work(FlagsScan::kFull, true);
  FolderWork no_uids = next_generation;
  no_uids.uids_persist = false;
  FolderWork no_uids_ever = work(FlagsScan::kFull, true);
  no_uids_ever.uids_persist = false;
  const UidRange two_new{Uid{100}, Uid{101}};
  const auto none = FlagsScan::kNone;
  const auto since = FlagsScan::kChangedSince;
  const auto full = FlagsScan::kFull;

  struct Row {
    const char* name;
    Change change;
    bool condstore;
    FolderWork work;
  };
  const Change uid_next_unknown_before = [](FolderCursor& cursor, MailboxFacts&) {
    cursor.uid_next = 0;
  };
  const std::vector<Row> rows = {
      {"nothing", kNothing, true, work(none, false)},
      {"new mail", both(uid_next(102), mod_seq(1001)), true, work(since, false, two_new)},
      {"new mail, no CONDSTORE", uid_next(102), false, work(full, false, two_new)},
      {"as many new UIDs as are worth guessing", uid_next(100 + kMostNewUids), true,
       work(none, false, UidRange{Uid{100}, Uid{99 + kMostNewUids}})},
      {"one more", uid_next(101 + kMostNewUids), true, work(none, true)},
      {"the last UID of all", uid_next(0x100000000), true, work(none, true)},
      {"flags", mod_seq(2000), true, work(since, false)},
      {"flags, no CONDSTORE", mod_seq(2000), false, work(full, false)},
      {"mod-sequence went back", mod_seq(999), true, work(full, false)},
      {"NOMODSEQ", mod_seq(std::nullopt), true, work(full, false)},
      {"the first mod-sequence", kNeverModSeq, true, work(full, false)},
      {"UIDNEXT went back", uid_next(99), true, work(full, true)},
      {"UIDNEXT unknown", uid_next(std::nullopt), true, work(full, true)},
      {"UIDNEXT was unknown", uid_next_unknown_before, true, work(none, true)},
      {"unfinished", kUnfinished, true, work(none, true)},
      {"a day since the list", listed_before(24 * kHour), true, work(full, true)},
      {"first visit, or the ledger was lost", kForgotten, true, work(full, true)},
      {"new generation", uid_validity(8), true, next_generation},
      {"UIDVALIDITY no more", uid_validity(std::nullopt), true, no_uids},
      {"UIDVALIDITY never", both(kForgotten, uid_validity(std::nullopt)), true, no_uids_ever},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    FolderCursor cursor = remembered();
    MailboxFacts facts = said();
    row.change(cursor, facts);
    const FolderWork made = decide_work(cursor, facts, row.condstore, false, kNow);
    CHECK(made.uids_persist == row.work.uids_persist);
    CHECK(made.flags == row.work.flags);
    CHECK(made.changed_since == row.work.changed_since);
    CHECK(made.uid_list == row.work.uid_list);
    CHECK(made.new_uids == row.work.new_uids);
  }
}

TEST_CASE("UID lists are compared as sets") {
  struct Row {
    const char* stored;
    const char* listed;
    const char* to_fetch;
    const char* absent;
  };
  const std::vector<Row> rows = {
      {"", "", "", ""},         {"1:10", "1:10", "", ""},       {"1:10", "", "", "1:10"},
      {"", "1:10", "1:10", ""}, {"1:5,9", "2:7", "6:7", "1,9"},
  };
  for (const Row& row : rows) {
    INFO(row.stored << " against " << row.listed);
    const auto difference = compare_uids(set(row.stored), set(row.listed));
    CHECK(difference.to_fetch.str() == row.to_fetch);
    CHECK(difference.absent.str() == row.absent);
  }
  CHECK_FALSE(needs_uid_list(50, 50));
  CHECK(needs_uid_list(49, 50));
  CHECK(needs_uid_list(51, 50));
}

TEST_CASE("FETCH answers against the known messages") {
  const std::vector<KnownMessage> ours = {known(1), known(2, 16), known(4), known(5), known(9)};
  Flags keyword;
  keyword.keywords = {"Work"};
  const std::vector<ListedMessage> answers = {
      {Uid{5}, Flags::from_bits(1)},  // unsorted
      {Uid{2}, Flags::from_bits(16)},
      {Uid{3}, Flags::from_bits(0)},  // not known
      {Uid{5}, Flags::from_bits(2)},  // again: the last one counts
      {Uid{5}, std::nullopt},         // but not this, which says nothing of flags
      {Uid{4}, keyword},
      {Uid{9}, std::nullopt},
      {Uid{0}, Flags::from_bits(1)},
  };
  const std::vector<FlagsDifference> flags = {{known(4).key, keyword},
                                              {known(5).key, Flags::from_bits(2)}};
  const auto difference = compare_answers(ours, answers);
  CHECK(difference.flags == flags);
  CHECK(difference.altered.empty());
}

TEST_CASE("the second witness confirms what it lists whole, and nothing else") {
  CHECK(confirm_absence(set("1:5"), set("4:9"), 6).str() == "1:3");
  CHECK(confirm_absence(set("1:5"), set("4:9"), 7).empty());
  CHECK(confirm_absence(set("1:5"), set("4:9"), 5).empty());
  CHECK(confirm_absence(set("1:5"), {}, 0).str() == "1:5");
  CHECK(confirm_absence({}, set("4:9"), 6).empty());
}
