#include "sync/plan/folder_plan.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <ctime>
#include <random>

using namespace imapkeep;

namespace {

constexpr std::int64_t kNow = 1'700'000'000'000;
constexpr std::int64_t kMinute = 60'000;

ListedFolder listed(const std::string& raw, std::uint32_t uid_validity = 0,
                    std::uint64_t uid_next = 0) {
  ListedFolder folder;
  folder.name = {raw, NameEncoding::kUtf7};
  folder.delimiter = '/';
  folder.facts = MailboxFacts::from_server(std::nullopt, uid_next, uid_validity, std::nullopt);
  return folder;
}
ListedFolder mailless(const std::string& raw) {
  ListedFolder folder = listed(raw);
  folder.holds_mail = false;
  return folder;
}
ListedFolder in_utf8(const std::string& raw) {
  ListedFolder folder = listed(raw);
  folder.name.encoding = NameEncoding::kUtf8;
  return folder;
}

KnownFolder known(std::uint32_t id, const std::string& raw, std::uint32_t uid_validity = 0,
                  std::uint64_t uid_next = 0, std::int64_t missing_since_ms = 0) {
  KnownFolder folder;
  folder.id = FolderId{id};
  folder.name = {raw, NameEncoding::kUtf7};
  folder.delimiter = '/';
  folder.cursor.uid_validity = UidValidity{uid_validity};
  folder.cursor.uid_next = uid_next;
  folder.missing_since_ms = missing_since_ms;
  return folder;
}
KnownFolder missing_for(std::int64_t ms, std::uint32_t id, const std::string& raw) {
  return known(id, raw, 0, 0, kNow - ms);
}

// The plan as text: "present 1=INBOX 2=a", one line for each list that has members.
std::vector<std::string> text(const FolderPlan& plan) {
  std::vector<std::string> lines;
  const auto add = [&](const std::string& line) {
    if (line.find(' ') != std::string::npos) lines.push_back(line);
  };
  const auto matched = [](std::string line, const std::vector<MatchedFolder>& folders) {
    for (const auto& folder : folders) {
      line += " " + std::to_string(folder.id.value) + "=" + folder.listed.name.raw;
    }
    return line;
  };
  const auto ids = [](std::string line, const std::vector<FolderId>& folders) {
    for (const auto& folder : folders) line += " " + std::to_string(folder.value);
    return line;
  };
  const auto names = [](std::string line, const std::vector<ListedFolder>& folders) {
    for (const auto& folder : folders) line += " " + folder.name.raw;
    return line;
  };
  add(matched("present", plan.present));
  add(ids("returned", plan.returned));
  add(names("created", plan.created));
  add(matched("renamed", plan.renamed));
  add(ids("newly", plan.newly_missing));
  add(ids("still", plan.still_missing));
  add(ids("ask", plan.ask));
  add(names("excluded", plan.excluded));
  add(names("mailless", plan.mailless));
  add(ids("alone", plan.left_alone));
  if (plan.alarm) lines.push_back("alarm: " + plan.alarm->what);
  return lines;
}

struct Row {
  const char* name;
  std::vector<ListedFolder> listed;
  std::vector<KnownFolder> known;
  std::vector<std::string> plan;
};

}  // namespace

TEST_CASE("the server's folders against the ledger's") {
  const ListedFolder inbox = listed("INBOX");
  const KnownFolder known_inbox = known(1, "INBOX");
  const std::vector<Row> rows = {
      {"nothing anywhere", {}, {}, {}},
      {"the first pass", {listed("b"), inbox, listed("a")}, {}, {"created INBOX a b"}},
      {"nothing new", {listed("a"), inbox}, {known_inbox, known(2, "a")}, {"present 1=INBOX 2=a"}},
      {"one more", {listed("a"), inbox}, {known_inbox}, {"present 1=INBOX", "created a"}},
      {"case is part of a name",
       {listed("a"), listed("A")},
       {known(1, "a")},
       {"present 1=a", "created A"}},
      {"said twice",
       {listed("a"), listed("a"), listed("b"), listed("b")},
       {known(1, "a")},
       {"present 1=a", "created b"}},
      {"first witness", {inbox}, {known_inbox, known(2, "a")}, {"present 1=INBOX", "newly 2"}},
      {"too early",
       {inbox},
       {known_inbox, missing_for(2 * kMinute - 1, 2, "a")},
       {"present 1=INBOX", "still 2"}},
      {"long enough",
       {inbox},
       {known_inbox, missing_for(2 * kMinute, 2, "a")},
       {"present 1=INBOX", "ask 2"}},
      {"missing since the future",
       {inbox},
       {known_inbox, missing_for(-1, 2, "a")},
       {"present 1=INBOX", "newly 2"}},
      {"back again",
       {inbox, listed("a")},
       {known_inbox, missing_for(9 * kMinute, 2, "a")},
       {"present 1=INBOX 2=a", "returned 2"}},
      {"excluded: known or not, there or not",
       {inbox, listed("Spam"), listed("Spam/new")},
       {known_inbox, known(2, "Spam"), known(3, "Spam/old"), missing_for(kNow, 4, "Spam/older")},
       {"present 1=INBOX", "excluded Spam Spam/new", "alone 3 4"}},
      {"without mail",
       {inbox, mailless("Lists"), mailless("Spam")},
       {known_inbox},
       {"present 1=INBOX", "mailless Lists Spam"}},
      {"has lost its mail",
       {inbox, mailless("a")},
       {known_inbox, missing_for(2 * kMinute, 2, "a")},
       {"present 1=INBOX", "ask 2"}},
      {"the server has learnt UTF-8",
       {in_utf8("INBOX"), in_utf8("Entw\xc3\xbcrfe")},
       {known_inbox, known(2, "Entw&APw-rfe")},
       {"present 1=INBOX 2=Entw\xc3\xbcrfe"}},
      {"raw bytes that only look like a decoded name",
       {inbox, listed("a&b")},
       {known_inbox, known(2, "a&-b")},
       {"present 1=INBOX", "created a&b", "newly 2"}},
      {"one of two that look the same",
       {inbox, in_utf8("a&b")},
       {known_inbox, known(2, "a&-b"), known(3, "a&b")},
       {"present 1=INBOX", "created a&b", "newly 2 3"}},
  };
  const auto choice = MailboxChoice::of({"*"}, {"Spam*"});
  REQUIRE(choice);
  // "Spam" itself is excluded, but a folder that holds no mail is not left out: nothing is in it.
  for (const Row& row : rows) {
    INFO(row.name);
    CHECK(text(plan_folders(row.listed, row.known, *choice, kNow)) == row.plan);
  }
}

TEST_CASE("a rename is one missing and one new folder of which neither fits another") {
  const std::vector<Row> rows = {
      {"one to one", {listed("new", 5, 20)}, {known(2, "old", 5, 20)}, {"renamed 2=new"}},
      {"mail came meanwhile", {listed("new", 5, 21)}, {known(2, "old", 5, 20)}, {"renamed 2=new"}},
      {"missing for long", {listed("new", 5, 20)}, {known(2, "old", 5, 20, 1)}, {"renamed 2=new"}},
      {"UIDNEXT went back",
       {listed("new", 5, 19)},
       {known(2, "old", 5, 20)},
       {"created new", "newly 2"}},
      {"another generation",
       {listed("new", 6, 20)},
       {known(2, "old", 5, 20)},
       {"created new", "newly 2"}},
      {"no UIDVALIDITY",
       {listed("new", 0, 20)},
       {known(2, "old", 0, 20)},
       {"created new", "newly 2"}},
      {"no facts", {listed("new")}, {known(2, "old", 5, 20)}, {"created new", "newly 2"}},
      {"two new ones fit",
       {listed("n1", 5, 20), listed("n2", 5, 20)},
       {known(2, "old", 5, 20)},
       {"created n1 n2", "newly 2"}},
      {"two missing ones fit",
       {listed("new", 5, 20)},
       {known(2, "o1", 5, 20), known(3, "o2", 5, 9)},
       {"created new", "newly 2 3"}},
      {"UIDNEXT tells which",
       {listed("new", 5, 10)},
       {known(2, "o1", 5, 20), known(3, "o2", 5, 9)},
       {"renamed 3=new", "newly 2"}},
      {"a tree",
       {listed("n", 5, 20), listed("n/x", 6, 3)},
       {known(2, "o", 5, 20), known(3, "o/x", 6, 3)},
       {"renamed 2=n 3=n/x"}},
      {"excluded by its new name",
       {listed("Spam/x", 5, 20)},
       {known(2, "old", 5, 20)},
       {"newly 2", "excluded Spam/x"}},
  };
  const auto choice = MailboxChoice::of({"*"}, {"Spam*"});
  REQUIRE(choice);
  for (const Row& row : rows) {
    INFO(row.name);
    auto all_listed = row.listed;
    all_listed.push_back(listed("INBOX", 5, 99));  // is there, so it is no candidate
    auto all_known = row.known;
    all_known.push_back(known(1, "INBOX", 5, 20));
    auto expected = row.plan;
    expected.insert(expected.begin(), "present 1=INBOX");
    CHECK(text(plan_folders(all_listed, all_known, *choice, kNow)) == expected);
  }
}

TEST_CASE("when much is missing the list is in doubt, not the folders") {
  // The first `missing` of `folders` behind INBOX are gone; `renamed` of these have a new name.
  const auto plan_with = [](std::uint32_t folders, std::uint32_t missing, std::uint32_t renamed,
                            const std::vector<std::string>& exclude) {
    std::vector<ListedFolder> on_server = {listed("INBOX")};
    std::vector<KnownFolder> in_ledger = {known(1, "INBOX")};
    for (std::uint32_t i = 2; i <= folders; ++i) {
      const bool is_missing = i < 2 + missing;
      const std::string name = (is_missing ? "gone" : "here") + std::to_string(i);
      in_ledger.push_back(known(i, name, 100 + i, 5, is_missing ? kNow - 9 * kMinute : 0));
      if (!is_missing) on_server.push_back(listed(name, 100 + i, 5));
      if (i < 2 + renamed) on_server.push_back(listed("new" + name, 100 + i, 5));
    }
    const auto choice = MailboxChoice::of({"*"}, exclude);
    return plan_folders(on_server, in_ledger, *choice, kNow);
  };
  CHECK_FALSE(plan_with(4, 3, 0, {}).alarm);   // three are not many
  CHECK_FALSE(plan_with(20, 6, 0, {}).alarm);  // 30 %
  CHECK_FALSE(plan_with(10, 9, 6, {}).alarm);  // six are there under another name
  CHECK_FALSE(plan_with(10, 9, 0, {"gone*"}).alarm);
  CHECK(plan_with(20, 6, 0, {}).ask.size() == 6);

  for (const auto& plan :
       {plan_with(20, 7, 0, {}), plan_with(10, 4, 0, {}), plan_with(20, 8, 1, {})}) {
    REQUIRE(plan.alarm);
    CHECK(plan.alarm->trouble == Trouble::kServer);
    CHECK_THAT(plan.alarm->what, Catch::Contains("folders.exclude"));
    CHECK(plan.ask.empty());
    CHECK(plan.newly_missing.empty());
    CHECK(plan.renamed.empty());
    CHECK(plan.still_missing.size() >= 4);
    CHECK_FALSE(plan.present.empty());
  }
}

TEST_CASE("a list without INBOX is no witness of anything") {
  const auto choice = MailboxChoice::of({"*"}, {});
  const auto plan =
      plan_folders({listed("a")}, {known(1, "INBOX"), known(2, "a"), known(3, "b")}, *choice, kNow);
  REQUIRE(plan.alarm);
  CHECK_THAT(plan.alarm->what, Catch::Contains("INBOX"));
  CHECK(plan.newly_missing.empty());
  CHECK(plan.still_missing.size() == 2);
  CHECK(plan.present.size() == 1);
}

namespace {

/// Every pair tried with every other.
std::vector<std::string> renames_by_trying(const std::vector<ListedFolder>& created,
                                           const std::vector<KnownFolder>& missing) {
  const auto fits = [](const KnownFolder& old, const ListedFolder& fresh) {
    return fresh.facts.uid_validity && fresh.facts.uid_next &&
           *fresh.facts.uid_validity == old.cursor.uid_validity.value &&
           *fresh.facts.uid_next >= old.cursor.uid_next;
  };
  std::vector<std::string> pairs;
  for (const KnownFolder& old : missing) {
    for (const ListedFolder& fresh : created) {
      if (!fits(old, fresh)) continue;
      const auto heirs = std::count_if(created.begin(), created.end(),
                                       [&](const ListedFolder& one) { return fits(old, one); });
      const auto rivals = std::count_if(missing.begin(), missing.end(),
                                        [&](const KnownFolder& one) { return fits(one, fresh); });
      if (heirs == 1 && rivals == 1) {
        pairs.push_back(std::to_string(old.id.value) + "=" + fresh.name.raw);
      }
    }
  }
  std::sort(pairs.begin(), pairs.end());
  return pairs;
}

}  // namespace

TEST_CASE("renames of random folders are those that trying every pair finds") {
  const auto choice = MailboxChoice::of({"*"}, {});
  REQUIRE(choice);
  std::mt19937 random(7);
  const auto below = [&](std::uint32_t end) { return static_cast<std::uint32_t>(random() % end); };
  std::size_t found = 0;
  for (int round = 0; round < 3000; ++round) {
    std::vector<ListedFolder> all_listed = {listed("INBOX", 9, 9)};
    std::vector<KnownFolder> all_known = {known(1, "INBOX", 9, 9)};
    for (std::uint32_t i = 0; i < 20; ++i) {  // so that what is missing raises no alarm
      all_listed.push_back(listed("there" + std::to_string(i), 8, 9));
      all_known.push_back(known(100 + i, "there" + std::to_string(i), 8, 9));
    }
    std::vector<ListedFolder> created;
    std::vector<KnownFolder> missing;
    for (std::uint32_t i = below(5); i > 0; --i) {
      created.push_back(listed("new" + std::to_string(i), 1 + below(2), below(4)));
    }
    for (std::uint32_t i = below(4); i > 0; --i) {
      missing.push_back(known(1 + i, "old" + std::to_string(i), below(3), 1 + below(3)));
    }
    all_listed.insert(all_listed.end(), created.begin(), created.end());
    all_known.insert(all_known.end(), missing.begin(), missing.end());
    const FolderPlan plan = plan_folders(all_listed, all_known, *choice, kNow);
    REQUIRE_FALSE(plan.alarm);
    std::vector<std::string> pairs;
    for (const MatchedFolder& one : plan.renamed) {
      pairs.push_back(std::to_string(one.id.value) + "=" + one.listed.name.raw);
    }
    std::sort(pairs.begin(), pairs.end());
    REQUIRE(pairs == renames_by_trying(created, missing));
    REQUIRE(plan.renamed.size() + plan.created.size() == created.size());
    found += pairs.size();
  }
  CHECK(found > 300);
}

// The square of these numbers costs minutes without optimisation, what is allowed here is some ten
// times what it takes.
TEST_CASE("twenty thousand folders are planned without looking at each beside each") {
  constexpr std::uint32_t kFolders = 20'000;
  const auto choice = MailboxChoice::of({"*"}, {});
  REQUIRE(choice);
  const auto one_for_all = GENERATE(true, false);
  const auto moved = GENERATE(true, false);
  std::vector<ListedFolder> all_listed = {listed("INBOX", 9, 9)};
  std::vector<KnownFolder> all_known = {known(1, "INBOX", 9, 9)};
  for (std::uint32_t i = 2; i < kFolders; ++i) {
    const std::uint32_t generation = one_for_all ? 1 : 1000 + i;
    const std::string name = "F/" + std::to_string(i);
    all_listed.push_back(listed(moved ? "G/" + name : name, generation, 5));
    all_known.push_back(known(i, name, generation, 5));
  }
  const std::clock_t before = std::clock();
  const FolderPlan plan = plan_folders(all_listed, all_known, *choice, kNow);
  CHECK((std::clock() - before) / CLOCKS_PER_SEC < 6);
  CHECK(plan.renamed.size() == (moved && !one_for_all ? kFolders - 2 : 0));
  CHECK(plan.present.size() == (moved ? 1 : kFolders - 1));
}
