// A visit to a mailbox as tables: what happens, and what must be done then. Each case says which
// mail would be lost, or fetched for nothing, if it were done otherwise.
#include "sync/plan/mailbox_machine.h"

#include <catch2/catch.hpp>
#include <string>

using namespace imapkeep;

namespace {

constexpr std::int64_t kHour = 60LL * 60 * 1000;
constexpr std::int64_t kNow = 1'700'000'000'000;

UidSet set(const std::string& text) { return text.empty() ? UidSet() : *UidSet::parse(text); }

// A mailbox that was visited an hour ago and had 50 messages, UIDs 1 to 99.
MailboxMachine::Folder known_folder() {
  FolderCursor cursor;
  cursor.folder = FolderId{1};
  cursor.uid_validity = UidValidity{7};
  cursor.uid_next = 100;
  cursor.exists = 50;
  cursor.highest_mod_seq = ModSeq{1000};
  cursor.complete = true;
  cursor.listed_at_ms = kNow - kHour;
  return {cursor, 0, {50, 100, 7U, 1000}, true};
}

// One of which nothing is stored; LIST says that it has so many messages.
MailboxMachine::Folder new_folder(std::uint64_t messages, std::uint64_t uid_next) {
  MailboxMachine::Folder folder = known_folder();
  folder.remembered = FolderCursor{};
  folder.remembered.folder = FolderId{1};
  folder.listed = {messages, uid_next, 7U, 1000};
  return folder;
}

visit::Examined examined(std::uint64_t exists, std::uint64_t uid_next, std::uint64_t mod_seq = 1000,
                         std::uint32_t uid_validity = 7) {
  FolderCursor numbers;
  numbers.folder = FolderId{1};
  numbers.uid_validity = UidValidity{uid_validity};
  numbers.uid_next = uid_next;
  numbers.exists = exists;
  numbers.highest_mod_seq = ModSeq{mod_seq};
  return {numbers, MailboxFacts::from_server(exists, uid_next, uid_validity, mod_seq), true, false};
}

visit::FilesSeen files(const std::string& missing = "", bool may_prefetch = true) {
  visit::FilesSeen seen{{UidValidity{7}}, {}, may_prefetch};
  if (!missing.empty()) seen.missing[UidValidity{7}] = set(missing);
  return seen;
}
visit::FilesSeen no_files() { return {{}, {}, true}; }

MessageKey key(std::uint32_t uid, std::uint32_t uid_validity = 7) {
  return {FolderId{1}, UidValidity{uid_validity}, Uid{uid}};
}

visit::Stored stored(const std::string& uids, std::vector<MessageKey> quarantined = {}) {
  return {set(uids), std::move(quarantined), {}, 0, 0};
}
visit::Listed listed(const std::string& uids) { return {set(uids)}; }
visit::Fetched fetched() { return {}; }
visit::Fetched left_out(const std::string& uids) { return {false, {}, {}, {set(uids), {}}}; }
visit::Fetched prefetched(const std::string& uids) { return {false, set(uids), {}, {}}; }
visit::Fetched refused(std::uint32_t uid, bool costs_connection = false) {
  return {false, {}, {}, {{}, {{Uid{uid}, {"no", costs_connection}}}}};
}
visit::FlagsLevel level(const std::string& answered, const std::string& altered = "") {
  return {{set(altered), set(answered), {}, {}, false}};
}
visit::Failed lost() { return {server_error("the connection is lost"), false}; }
visit::Failed no() { return {server_error("NO", Remedy::kSkipMessage), false}; }

std::string with(const char* word, const UidSet& uids) {
  return uids.empty() ? word : std::string(word) + ' ' + uids.str();
}

std::string cursor_text(const VisitEnd& end) {
  std::string text = end.cursor.complete ? "cursor" : "cursor-unfinished";
  if (end.cursor.highest_mod_seq == ModSeq{}) text += " without-mod-seq";
  if (end.cursor.listed_at_ms == kNow) text += " listed";
  if (!end.files_are_known) text += " look-again";
  if (!end.absent.empty()) text += " absent " + end.absent.str();
  for (const UidValidity ended : end.ended_generations) {
    text += " ended " + std::to_string(ended.value);
  }
  for (const MessageKey& never : end.never_stored) {
    text += " never-stored " + std::to_string(never.uid.value);
  }
  return text;
}

std::string text_of(const visit::Action& action) {
  using Kind = visit::Action::Kind;
  switch (action.kind) {
    case Kind::kLookAtFiles:
      return action.all        ? "look-at-all-files"
             : action.may_skip ? "look-at-files-or-skip"
                               : "look-at-files";
    case Kind::kExamine:
      return "EXAMINE";
    case Kind::kPrefetch:
      return with(action.prefetch.whole ? "EXAMINE+FETCH" : "EXAMINE+SEARCH+FETCH",
                  action.prefetch.uids);
    case Kind::kAskCount:
      return "STATUS";
    case Kind::kNoop:
      return "NOOP";
    case Kind::kFindStored:
      return "find-stored";
    case Kind::kFetchFlags:
      return with("flags", action.uids) + (action.since ? " changed" : "") +
             (action.announcements ? " dates" : "");
    case Kind::kCompareHeaders:
      return with("headers", action.uids);
    case Kind::kListUids:
      return "SEARCH";
    case Kind::kListAgain:
      return "NOOP+SEARCH";
    case Kind::kListByFetch:
      return "show-all";
    case Kind::kFetch:
      return with("FETCH", action.uids);
    case Kind::kRecount:
      return "recount";
    case Kind::kFindOldStored:
      return "find-stored-of " + std::to_string(action.generation.value);
    case Kind::kKeepPrefetch:
      return "keep-prefetch";
    case Kind::kDropPrefetch:
      return "drop-prefetch";
    case Kind::kBlamePrefetch:
      return "blame-prefetch";
    case Kind::kAllowNext:
      return "next";
    case Kind::kQuarantine:
      return with("quarantine", action.uids);
    case Kind::kOwe:
      return "owe";
    case Kind::kSkip:
      return "skip";
    case Kind::kEndForNow:
      return "again-alone";
    case Kind::kWriteCursor:
      return cursor_text(action.end);
    case Kind::kKeepAndFail:
      return "keep-and-fail";
    case Kind::kFail:
      return "fail";
  }
  return "?";
}

struct Row {
  visit::Event happens;
  std::string then;
};
using Table = std::vector<Row>;

/// Walks through the table, behind the look at the files.
class Walk {
 public:
  explicit Walk(const MailboxMachine::Folder& folder) : machine(folder) {
    (void)machine.on(visit::Begun{}, kNow);
  }
  void through(const Table& table) {
    std::size_t row = 0;
    for (const auto& [happens, then] : table) {
      std::string said;
      last = machine.on(happens, kNow);
      for (const auto& action : last) said += (said.empty() ? "" : ", ") + text_of(action);
      INFO("row " << row++);
      CHECK(said == then);
    }
  }
  MailboxMachine machine;
  visit::Actions last;
};

void walk(const MailboxMachine::Folder& folder, const Table& table) { Walk(folder).through(table); }

}  // namespace

TEST_CASE("a visit: what has not changed costs no command") {
  walk(known_folder(), {{files(), "next, skip"}});
}

TEST_CASE("a visit: all files are looked at once a day") {
  MailboxMachine::Folder folder = known_folder();
  CHECK(text_of(MailboxMachine(folder).on(visit::Begun{}, kNow).at(0)) == "look-at-files-or-skip");
  folder.remembered.listed_at_ms = kNow - 24 * kHour;
  CHECK(text_of(MailboxMachine(folder).on(visit::Begun{}, kNow).at(0)) == "look-at-all-files");
}

TEST_CASE("a visit: where anything may be owed the generations are read") {
  MailboxMachine::Folder folder = known_folder();
  folder.quarantined = 1;
  CHECK(text_of(MailboxMachine(folder).on(visit::Begun{}, kNow).at(0)) == "look-at-files");
  folder = known_folder();
  folder.listed.uid_next = 102;
  CHECK(text_of(MailboxMachine(folder).on(visit::Begun{}, kNow).at(0)) == "look-at-files");
}

TEST_CASE("a visit: the last in a row has nobody to wait for it") {
  MailboxMachine::Folder folder = known_folder();
  folder.is_followed = false;
  walk(folder, {{files(), "skip"}});
}

TEST_CASE("a visit: new mail is asked for by UIDNEXT, without a list") {
  MailboxMachine::Folder folder = known_folder();
  folder.listed.uid_next = 102;
  walk(folder, {{files(), "EXAMINE"},
                {examined(52, 102), "find-stored"},
                {stored("1:50"), "FETCH 100:101"},
                {fetched(), "recount"},
                {stored("1:50,100:101"), "cursor"}});
}

TEST_CASE("a visit: mail that came and does not fit the count is looked for in a list") {
  MailboxMachine::Folder folder = known_folder();
  folder.listed.uid_next = 102;
  // 53 exist and 52 are stored: one below UIDNEXT was never seen, and would be missed for ever.
  walk(folder, {{files(), "EXAMINE"},
                {examined(53, 102), "find-stored"},
                {stored("1:50"), "FETCH 100:101"},
                {fetched(), "recount"},
                {stored("1:50,100:101"), "SEARCH"},
                {listed("1:50,70,100:101"), "FETCH 70"},
                {fetched(), "next, recount"},
                {stored("1:50,70,100:101"), "cursor listed"}});
}

TEST_CASE("a visit: messages of which only a range was asked for are not fetched a second time") {
  MailboxMachine::Folder folder = known_folder();
  folder.listed.uid_next = 102;
  // UID 101 did not come. What came is recorded before a list is compared with what is stored.
  walk(folder, {{files(), "EXAMINE"},
                {examined(52, 102), "find-stored"},
                {stored("1:50"), "FETCH 100:101"},
                {left_out("101"), "recount"},
                {stored("1:50,100"), "SEARCH"},
                {listed("1:51,100"), "FETCH 51"},
                {fetched(), "next, recount"},
                {stored("1:51,100"), "cursor listed"}});
}

TEST_CASE("a visit: flags are asked for where the mod-sequence has moved") {
  MailboxMachine::Folder folder = known_folder();
  folder.listed.highest_mod_seq = 1001;
  walk(folder, {{files(), "EXAMINE"},
                {examined(50, 100, 1001), "find-stored"},
                {stored("1:50"), "flags 1:50 changed dates"},
                {level("3"), "recount"},
                {stored("1:50"), "cursor"}});
}

TEST_CASE("a visit: flags that were not said are asked for next time") {
  MailboxMachine::Folder folder = known_folder();
  folder.listed.highest_mod_seq = 1001;
  const Table before = {{files(), "EXAMINE"},
                        {examined(50, 100, 1001), "find-stored"},
                        {stored("1:50"), "flags 1:50 changed dates"}};
  SECTION("of one message") {
    Walk walk(folder);
    walk.through(before);
    walk.through({{visit::FlagsLevel{{{}, set("3"), set("3"), {}, false}}, "recount"},
                  {stored("1:50"), "owe, cursor without-mod-seq"}});
    CHECK(walk.last.at(0).error.what.find("the flags of 1 message (UID 3);") != std::string::npos);
  }
  SECTION("of whom it may be, in an answer that cannot be read") {
    Walk walk(folder);
    walk.through(before);
    walk.through({{visit::FlagsLevel{{{}, set("3"), {}, {}, true}}, "recount"},
                  {stored("1:50"), "cursor without-mod-seq"}});
  }
  SECTION("of one that is gone meanwhile: nothing is owed") {
    Walk walk(folder);
    walk.through(before);
    walk.through({{visit::FlagsLevel{{{}, set("3"), set("3"), {}, false}}, "recount"},
                  {stored("1:2,4:50"), "SEARCH"},
                  {listed("1:2,4:51"), "FETCH 51"},
                  {fetched(), "next, recount"},
                  {stored("1:2,4:51"), "cursor listed"}});
  }
}

TEST_CASE("a visit: flags of every message are a list, if as many answered as there are") {
  MailboxMachine::Folder folder = known_folder();
  folder.remembered.listed_at_ms = kNow - 25 * kHour;
  const Table before = {{files(), "EXAMINE"},
                        {examined(50, 100), "find-stored"},
                        {stored("1:50"), "flags 1:50 dates"}};
  SECTION("all answered: the UIDs are not asked for again") {
    Walk walk(folder);
    walk.through(before);
    walk.through({{level("1:50"), "next, recount"}, {stored("1:50"), "cursor listed"}});
  }
  SECTION("one did not: which there are has to be asked") {
    Walk walk(folder);
    walk.through(before);
    walk.through({{level("1:49"), "SEARCH"}});
  }
  SECTION("one came meanwhile: nobody knows which") {
    Walk walk(folder);
    walk.through(before);
    walk.machine.count().exists_is(51);
    walk.machine.count().one_expunged();
    walk.through({{level("1:50"), "SEARCH"}});
  }
}

TEST_CASE("a visit: a message that is announced anew is fetched again") {
  MailboxMachine::Folder folder = known_folder();
  folder.listed.highest_mod_seq = 1001;
  Walk walk(folder);
  walk.through({{files(), "EXAMINE"},
                {examined(50, 100, 1001), "find-stored"},
                {stored("1:50"), "flags 1:50 changed dates"},
                {level("3", "3"), "SEARCH"},
                {listed("1:50"), "FETCH 3"}});
  // It is compared with what is stored before it takes its place.
  CHECK(walk.machine.recheck() == set("3"));
}

TEST_CASE("a visit: a server that has gone back may have given UIDs to other mail") {
  // UIDNEXT is lower than it was.
  MailboxMachine::Folder folder = known_folder();
  folder.listed = {50, 90, 7U, 1000};
  const Table before = {{files(), "EXAMINE"},
                        {examined(50, 90), "find-stored"},
                        {stored("1:50"), "flags 1:50 dates"}};
  SECTION("the headers of all are compared, and those that differ are fetched again") {
    Walk walk(folder);
    walk.through(before);
    walk.through({{level("1:50"), "headers 1:50"},
                  {visit::HeadersCompared{set("8"), set("9")}, "SEARCH"},
                  {listed("1:50"), "FETCH 8:9"},
                  {fetched(), "next, recount"},
                  {stored("1:50"), "cursor listed"}});
  }
  SECTION("what an earlier try has compared is not compared again") {
    Walk walk(folder);
    walk.through({{files(), "EXAMINE"},
                  {examined(50, 90), "find-stored"},
                  {visit::Stored{set("1:50"), {}, set("1:40"), 0, 0}, "flags 1:50 dates"},
                  {level("1:50"), "headers 41:50"}});
  }
  SECTION("where comparing was in vain before, what is above UIDNEXT is fetched again") {
    folder.remembered.vain_checks = kVainChecks;
    walk(folder, {{files(), "EXAMINE"},
                  {examined(50, 90), "find-stored"},
                  {stored("1:49,95"), "flags 1:49,95"},
                  {level("1:49,95"), "SEARCH"},
                  {listed("1:49,95"), "FETCH 95"}});
  }
  SECTION("a connection that is lost meanwhile keeps what was compared") {
    Walk walk(folder);
    walk.through(before);
    walk.through({{level("1:50"), "headers 1:50"}, {lost(), "keep-and-fail"}});
  }
}

TEST_CASE("a visit: files that are gone are fetched again, and looked for once more") {
  walk(known_folder(), {{files("5:6"), "EXAMINE"},
                        {examined(50, 100), "find-stored"},
                        {stored("1:50"), "SEARCH"},
                        {listed("1:50"), "FETCH 5:6"},
                        {fetched(), "next, recount"},
                        {stored("1:50"), "cursor listed look-again"}});
}

TEST_CASE("a visit: a message that is owed and stored is fetched again to end its quarantine") {
  MailboxMachine::Folder folder = known_folder();
  folder.quarantined = 2;
  // UID 5 is stored all the same; UID 60 is not.
  walk(folder, {{files(), "EXAMINE"},
                {examined(51, 100), "find-stored"},
                {stored("1:50", {key(5), key(60)}), "SEARCH"},
                {listed("1:50,60"), "FETCH 5,60"},
                {fetched(), "next, recount"},
                {stored("1:50,60"), "cursor listed"}});
}

TEST_CASE("a visit: what a list lacks is reported, and nothing else") {
  MailboxMachine::Folder folder = known_folder();
  folder.listed = {49, 100, 7U, 1000};
  walk(folder, {{files(), "EXAMINE"},
                {examined(49, 100), "find-stored"},
                {stored("1:50"), "recount"},
                {stored("1:50"), "SEARCH"},
                {listed("1:49"), "next, recount"},
                {stored("1:50"), "cursor-unfinished listed absent 50"}});
}

TEST_CASE("a visit: a list that does not fit the count proves nothing") {
  MailboxMachine::Folder folder = known_folder();
  folder.listed = {49, 100, 7U, 1000};
  const Table before = {{files(), "EXAMINE"},
                        {examined(49, 100), "find-stored"},
                        {stored("1:50"), "recount"},
                        {stored("1:50"), "SEARCH"},
                        {listed("1:40"), "NOOP+SEARCH"}};
  SECTION("asked for again, it fits: mail had come or gone between the two answers") {
    Walk walk(folder);
    walk.through(before);
    walk.through({{listed("1:49"), "next, recount"},
                  {stored("1:50"), "cursor-unfinished listed absent 50"}});
  }
  SECTION("it does not: what it lacks stays, and the folder is owed") {
    Walk walk(folder);
    walk.through(before);
    walk.through({{listed("1:40"), "owe, next, recount"}, {stored("1:50"), "cursor-unfinished"}});
    CHECK(walk.last.at(0).end.whole == false);
  }
  SECTION("the count fits behind NOOP") {
    Walk walk(folder);
    walk.through(before);
    walk.machine.count().exists_is(40);
    walk.through({{listed("1:40"), "next, recount"},
                  {stored("1:50"), "cursor-unfinished listed absent 41:50"}});
  }
  SECTION("it names far more than there are: they are not asked for one by one") {
    Walk walk(folder);
    walk.through(before);
    walk.through({{listed("1:5000"), "owe, show-all"},
                  {listed("1:52"), "FETCH 51:52"},
                  {fetched(), "next, recount"},
                  {stored("1:52"), "cursor-unfinished"}});
  }
  SECTION("it shows far more than there are: whoever runs it is asked") {
    Walk walk(folder);
    walk.through(before);
    walk.through({{listed("1:5000"), "owe, show-all"}, {listed("1:1200"), "keep-and-fail"}});
  }
}

TEST_CASE("a visit: EXAMINE that says fewer than LIST is compared with STATUS") {
  // Else nobody would look for the others, and they would look as if they had gone.
  const Table before = {{files(), "EXAMINE"}, {examined(0, 100), "STATUS"}};
  MailboxMachine::Folder folder = known_folder();
  folder.remembered.complete = false;
  SECTION("STATUS agrees") {
    Walk walk(folder);
    walk.through(before);
    walk.through({{visit::Counted{0}, "find-stored"}, {stored("1:50"), "SEARCH"}});
  }
  SECTION("STATUS is refused: nothing contradicts EXAMINE") {
    Walk walk(folder);
    walk.through(before);
    walk.through({{no(), "find-stored"}});
  }
  SECTION("STATUS says more: NOOP lets the server say so itself") {
    Walk walk(folder);
    walk.through(before);
    walk.through({{visit::Counted{50}, "NOOP"}});
    walk.machine.count().exists_is(50);
    walk.through({{visit::Nooped{}, "find-stored"},
                  {stored("1:50"), "SEARCH"},
                  {listed("1:50"), "next, recount"},
                  {stored("1:50"), "cursor listed"}});
  }
  SECTION("it says nothing: an empty list is not believed") {
    Walk walk(folder);
    walk.through(before);
    walk.through({{visit::Counted{50}, "NOOP"},
                  {visit::Nooped{}, "find-stored"},
                  {stored("1:50"), "SEARCH"},
                  {listed(""), "NOOP+SEARCH"},
                  {listed(""), "owe, next, recount"},
                  {stored("1:50"), "cursor-unfinished"}});
  }
  SECTION("the connection is lost") {
    Walk walk(folder);
    walk.through(before);
    walk.through({{lost(), "fail"}});
  }
}

TEST_CASE("a visit: what does not come is owed only if a new list still has it") {
  MailboxMachine::Folder folder = known_folder();
  folder.remembered.complete = false;
  const Table before = {{files(), "EXAMINE"},
                        {examined(51, 101), "find-stored"},
                        {stored("1:50"), "SEARCH"},
                        {listed("1:50,100"), "FETCH 100"}};
  SECTION("another client has expunged it") {
    Walk walk(folder);
    walk.through(before);
    walk.through({{left_out("100"), "NOOP+SEARCH"}});
    walk.machine.count().one_expunged();
    walk.through({{listed("1:50"), "next, recount"}, {stored("1:50"), "cursor listed"}});
  }
  SECTION("it is still there: once more, then it is quarantined") {
    Walk walk(folder);
    walk.through(before);
    walk.through({{left_out("100"), "NOOP+SEARCH"},
                  {listed("1:50,100"), "FETCH 100"},
                  {left_out("100"), "NOOP+SEARCH"},
                  {listed("1:50,100"), "quarantine 100, next, recount"},
                  {stored("1:50"), "cursor-unfinished listed"}});
  }
  SECTION("it was refused: not asked for again") {
    Walk walk(folder);
    walk.through(before);
    walk.through({{refused(100), "NOOP+SEARCH"},
                  {listed("1:50,100"), "quarantine 100, next, recount"},
                  {stored("1:50"), "cursor-unfinished listed"}});
  }
  SECTION("the new list cannot be relied on: it is owed") {
    Walk walk(folder);
    walk.through(before);
    walk.through({{refused(100), "NOOP+SEARCH"},
                  {listed("1:40"), "owe, quarantine 100, next, recount"},
                  {stored("1:50"), "cursor-unfinished"}});
  }
  SECTION("the next mailbox is examined already: this one is visited again, alone") {
    Walk walk(folder);
    walk.through(before);
    walk.through({{visit::AllAsked{}, "next"}, {left_out("100"), "again-alone"}});
  }
  SECTION("the connection is lost meanwhile: what came is kept") {
    Walk walk(folder);
    walk.through(before);
    walk.through({{left_out("100"), "NOOP+SEARCH"}, {lost(), "keep-and-fail"}});
  }
}

TEST_CASE("a visit: thousands that are listed and not shown are one sentence") {
  MailboxMachine::Folder folder = known_folder();
  folder.remembered.complete = false;
  Walk walk(folder);
  visit::Fetched nothing = left_out("51:2000");
  nothing.unseen.refused[Uid{60}] = {"it costs", true};
  nothing.unseen.refused[Uid{61}] = {"no", false};
  nothing.unseen.refused[Uid{62}] = {"no, either", false};
  walk.through(
      {{files(), "EXAMINE"},
       {examined(2000, 2001), "find-stored"},
       {stored("1:50"), "SEARCH"},
       {listed("1:2000"), "FETCH 51:2000"},
       {nothing, "NOOP+SEARCH"},
       // Found out at the cost of a connection: remembered, whatever becomes of the folder.
       {listed("1:2000"), "quarantine 60, owe, next, recount"}});
  CHECK(walk.last.at(1).error.what.find("lists 1950 messages") != std::string::npos);
  CHECK(walk.last.at(1).error.what.ends_with("; of UID 61: no"));
}

TEST_CASE("a visit: a small new folder is asked for in one go") {
  const Table before = {{no_files(), "EXAMINE+FETCH 1:3"},
                        {examined(3, 4), "keep-prefetch, FETCH"},
                        {visit::AllAsked{}, "next"}};
  SECTION("all came: as good as a list") {
    Walk walk(new_folder(3, 4));
    walk.through(before);
    walk.through({{prefetched("1:3"), "recount"}, {stored("1:3"), "cursor listed"}});
  }
  SECTION("one did not: it is asked for again, alone, since the next mailbox is examined") {
    Walk walk(new_folder(3, 4));
    walk.through(before);
    walk.through({{prefetched("1:2"), "recount"}, {stored("1:2"), "again-alone"}});
  }
  SECTION("something is unfinished") {
    Walk walk(new_folder(3, 4));
    walk.through(before);
    walk.through({{visit::Fetched{true, set("1:2"), {}, {}}, "again-alone"}});
  }
  SECTION("the connection is lost: what came is kept") {
    Walk walk(new_folder(3, 4));
    walk.through(before);
    walk.through({{lost(), "keep-and-fail"}});
  }
}

TEST_CASE("a visit: mail that came between LIST and EXAMINE was not asked for") {
  walk(new_folder(3, 4), {{no_files(), "EXAMINE+FETCH 1:3"},
                          {examined(4, 5), "keep-prefetch, FETCH"},
                          {prefetched("1:3"), "recount"},
                          {stored("1:3"), "SEARCH"},
                          {listed("1:4"), "FETCH 4"},
                          {fetched(), "next, recount"},
                          {stored("1:4"), "cursor listed"}});
}

TEST_CASE("a visit: of a big new folder the list comes with the first messages") {
  const Table before = {{no_files(), "EXAMINE+SEARCH+FETCH 801:1000"},
                        {examined(1000, 1001), "keep-prefetch"}};
  SECTION("the list is the list") {
    Walk walk(new_folder(1000, 1001));
    walk.through(before);
    walk.through({{visit::AllAsked{}, ""},  // nobody knows yet which there are
                  {listed("1:1000"), "FETCH 1:1000"},
                  {visit::AllAsked{}, "next"},
                  {prefetched("801:1000"), "recount"},
                  {stored("1:1000"), "cursor listed"}});
  }
  SECTION("it was refused, since EXAMINE had not been answered: once more, by itself") {
    Walk walk(new_folder(1000, 1001));
    walk.through(before);
    walk.through({{visit::EarlyListFailed{server_error("NO", Remedy::kSkipMessage)},
                   "blame-prefetch, SEARCH"},
                  {no(), "keep-and-fail"}});
  }
  SECTION("the connection is lost at it") {
    Walk walk(new_folder(1000, 1001));
    walk.through(before);
    walk.through({{visit::EarlyListFailed{server_error("lost")}, "keep-and-fail"}});
  }
}

TEST_CASE("a visit: a list may be answered before EXAMINE is") {
  const std::string prefetch = "EXAMINE+SEARCH+FETCH 801:1000";
  SECTION("it is held until it is known which mailbox it is of") {
    walk(new_folder(1000, 1001), {{no_files(), prefetch},
                                  {listed("1:1000"), ""},
                                  {examined(1000, 1001), "keep-prefetch, FETCH 1:1000"}});
  }
  SECTION("of a mailbox that was made anew meanwhile it says nothing") {
    walk(new_folder(1000, 1001), {{no_files(), prefetch},
                                  {listed("1:1000"), ""},
                                  {examined(5, 6, 1000, 8), "drop-prefetch, STATUS"},
                                  {visit::Counted{5}, "find-stored"},
                                  {stored(""), "SEARCH"},
                                  {listed("1:5"), "FETCH 1:5"}});
  }
  SECTION("refused") {
    walk(new_folder(1000, 1001),
         {{no_files(), prefetch},
          {visit::EarlyListFailed{server_error("NO", Remedy::kSkipMessage)}, "blame-prefetch"},
          {examined(1000, 1001), "keep-prefetch, SEARCH"}});
  }
}

TEST_CASE("a visit: nothing is asked for in advance where that is a risk") {
  MailboxMachine::Folder folder = new_folder(3, 4);
  SECTION("it cost the connection before") {
    walk(folder, {{visit::FilesSeen{{}, {}, false}, "EXAMINE"}});
  }
  SECTION("something is owed there") {
    folder.quarantined = 1;
    walk(folder, {{no_files(), "EXAMINE"}});
  }
  SECTION("it is visited alone") {
    folder.is_followed = false;
    walk(folder, {{no_files(), "EXAMINE"}});
  }
  SECTION("mail of another generation is stored: its bytes are taken over") {
    walk(folder, {{files(), "EXAMINE"}});
  }
}

TEST_CASE("a visit: an EXAMINE that fails blames what was sent behind it") {
  const visit::Failed token{server_error("the token has ended"), true};
  walk(new_folder(3, 4), {{no_files(), "EXAMINE+FETCH 1:3"}, {lost(), "blame-prefetch, fail"}});
  walk(new_folder(3, 4), {{no_files(), "EXAMINE+FETCH 1:3"}, {token, "fail"}});
  walk(new_folder(3, 4), {{visit::FilesSeen{{}, {}, false}, "EXAMINE"}, {lost(), "fail"}});
}

TEST_CASE("a visit: without UIDVALIDITY nothing can be relied on") {
  Walk walk(new_folder(3, 4));
  walk.through({{visit::FilesSeen{{}, {}, false}, "EXAMINE"}, {examined(3, 4, 1000, 0), "fail"}});
  CHECK(walk.last.at(0).error.remedy == Remedy::kSkipMessage);
}

TEST_CASE("a visit: an earlier generation leaves once all of this one is stored") {
  MailboxMachine::Folder folder = known_folder();
  folder.listed = {50, 51, 8U, 1000};
  const Table before = {{files(), "EXAMINE"},
                        {examined(50, 51, 1000, 8), "find-stored"},
                        {stored(""), "SEARCH"},
                        {listed("1:50"), "FETCH 1:50"}};
  SECTION("all is stored") {
    Walk walk(folder);
    walk.through(before);
    walk.through(
        {{fetched(), "next, recount"}, {stored("1:50"), "cursor-unfinished listed ended 7"}});
    CHECK(walk.last.at(0).end.afterwards.complete);
  }
  SECTION("one is not: the old one is still the only copy") {
    Walk walk(folder);
    walk.through(before);
    walk.through({{fetched(), "next, recount"}, {stored("1:49"), "cursor-unfinished listed"}});
  }
}

TEST_CASE("a visit: a quarantine ends when its message is not on the server any more") {
  MailboxMachine::Folder folder = known_folder();
  folder.quarantined = 3;
  folder.listed = {49, 100, 7U, 1000};
  // UID 60 was never stored; UID 50 is, and leaves by two witnesses; UID 4 of an earlier generation
  // may be stored there.
  const std::vector<MessageKey> owed{key(4, 6), key(50), key(60)};
  visit::FilesSeen seen = files();
  seen.generations = {UidValidity{6}, UidValidity{7}};
  const Table before = {{seen, "EXAMINE"},
                        {examined(49, 100), "find-stored"},
                        {stored("1:50", owed), "SEARCH"},
                        {listed("1:49"), "next, recount"},
                        {stored("1:50", owed), "find-stored-of 6"}};
  SECTION("stored") {
    Walk walk(folder);
    walk.through(before);
    walk.through({{visit::OldStored{set("4")},
                   "cursor-unfinished listed absent 50 ended 6 never-stored 60"}});
  }
  SECTION("never stored") {
    Walk walk(folder);
    walk.through(before);
    walk.through({{visit::OldStored{},
                   "cursor-unfinished listed absent 50 ended 6 never-stored 4 never-stored 60"}});
  }
  SECTION("the ledger fails: nothing is written") {
    Walk walk(folder);
    walk.through(before);
    walk.through({{lost(), "fail"}});
  }
}

TEST_CASE("a visit: whatever fails, nothing is asked for behind it") {
  MailboxMachine::Folder folder = known_folder();
  folder.listed.highest_mod_seq = 1001;
  const Table all = {{files(), "EXAMINE"},
                     {examined(50, 100, 1001), "find-stored"},
                     {stored("1:50"), "flags 1:50 changed dates"},
                     {level("3"), "recount"},
                     {stored("1:49"), "SEARCH"},
                     {listed("1:50"), "FETCH 50"},
                     {fetched(), "next, recount"}};
  // What had arrived is made durable only where the store is not what failed.
  const std::vector<std::string> then = {"fail", "fail",          "fail",          "keep-and-fail",
                                         "fail", "keep-and-fail", "keep-and-fail", "fail"};
  for (std::size_t rows = 0; rows <= all.size(); ++rows) {
    Walk walk(folder);
    walk.through(Table(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(rows)));
    INFO("behind " << rows);
    walk.through({{lost(), then[rows]}, {visit::AllAsked{}, rows > 5 && rows < 7 ? "next" : ""}});
  }
}
