#include "sync/plan/mailbox_choice.h"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace imapkeep;

TEST_CASE("shell patterns match as the operator expects") {
  struct Row {
    std::string pattern;
    std::string name;
    bool matches;
  };
  const std::vector<Row> rows = {
      {"*", "", true},
      {"*", "INBOX", true},
      {"*", "a/b/c", true},
      {"**", "a", true},
      {"Lists/*", "Lists/a/b", true},
      {"Lists/*", "Lists", false},
      {"Lists*", "Lists", true},
      {"*/Spam", "a/b/Spam", true},
      {"*/Spam", "Spam", false},
      {"*a*b", "xxaxxbxxb", true},
      {"*a*b", "xxaxxbxxc", false},
      {"*ab", "aab", true},
      {"a*bc*d", "abcbcxd", true},
      {"a?c", "abc", true},
      {"a?c", "a/c", true},
      {"a?c", "ac", false},
      {"a?c",
       "a\xc3\xa4"
       "c",
       true},  // one character, two bytes
      {"a??c",
       "a\xc3\xa4"
       "c",
       false},
      {"a?c",
       "a\xff"
       "c",
       true},  // a byte that is no character
      {"[abc]", "b", true},
      {"[abc]", "d", false},
      {"[a-cx-z]", "y", true},
      {"[a-c]", "B", false},
      {"[!a-c]", "d", true},
      {"[^a-c]", "b", false},
      {"[!a-c]", "", false},
      {"[Gmail]/Spam", "[Gmail]/Spam", true},
      {"[Gmail]/Spam", "G/Spam", true},
      {"[Gmail]/Spam", "[Gmail]/Trash", false},
      {"[Gmail]/*", "[Gmail]/Trash", true},
      {"*/[Spam]", "a/[Spam]", true},
      {"\\[Gmail]/Spam", "[Gmail]/Spam", true},
      {"[Gmail]\\/Spam", "[Gmail]/Spam", true},
      {"[]]", "]", true},
      {"[]a]", "a", true},
      {"[!]]", "]", false},
      {"[a-]", "-", true},
      {"[-a]", "-", true},
      {"[\\]]", "]", true},
      {"[\\a-\\c]", "b", true},
      {"[\xc3\xa4-\xc3\xbc]", "\xc3\xb6", true},
      {"[\xc3\xa4-\xc3\xbc]", "\xc3\xa0", false},
      {"[a-z]", "\xc3\xb6", false},
      {"x[ab]*", "xbanana", true},
      {"*[0-9]", "Archive/2024", true},
      {"\\*", "*", true},
      {"\\*", "a", false},
      {"\\[a]", "[a]", true},
      {"\\\\", "\\", true},
      {"\\[Gmail\\]/*", "[Gmail]/Spam", true},
      {"a", "ab", false},
      {"ab", "a", false},
      {"Spam", "spam", false},
      {".*", "a", false},
      {"\xc3\xa4", "\xc3\xa4", true},
      {"\xc3\xa4", "\xc3\xa5", false},
  };
  for (const Row& row : rows) {
    INFO(row.pattern << " on " << row.name);
    CHECK(check_pattern(row.pattern).has_value());
    CHECK(matches_pattern(row.pattern, row.name, false) == row.matches);
  }
}

TEST_CASE("a pattern of stars does not take for ever on a name made for it") {
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "a*";
  CHECK_FALSE(matches_pattern(pattern + "b", std::string(20'000, 'a'), false));
}

TEST_CASE("a pattern that cannot be meant is refused with its reason and matches nothing") {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"", "empty"},         {"a\\", "at its end"},  {"[a", "no \"]\""},
      {"[", "no \"]\""},     {"[]", "no \"]\""},     {"[!", "no \"]\""},
      {"[!]", "no \"]\""},   {"[a-", "no \"]\""},    {"[a\\", "no \"]\""},
      {"[a-\\", "no \"]\""}, {"[z-a]", "backwards"}, {"x[\xc3\xbc-a]", "backwards"},
      {"a\xff", "not UTF-8"}};
  for (const auto& [pattern, why] : rows) {
    INFO(pattern);
    const auto checked = check_pattern(pattern);
    REQUIRE_FALSE(checked);
    CHECK(checked.error().trouble == Trouble::kConfig);
    CHECK_THAT(checked.error().what, Catch::Contains(why));
    CHECK_FALSE(matches_pattern(pattern, pattern, false));
    CHECK_FALSE(MailboxChoice::of({"*", pattern}, {}));
    CHECK_FALSE(MailboxChoice::of({"*"}, {pattern}));
  }
  CHECK_FALSE(MailboxChoice::of({}, {}));
}

TEST_CASE("a folder is wanted when it is included and not excluded") {
  struct Row {
    std::vector<std::string> include;
    std::vector<std::string> exclude;
    std::string raw;
    char delimiter;
    bool wanted;
  };
  const std::vector<Row> rows = {
      {{"*"}, {}, "Anything", '/', true},
      {{"*"}, {"Spam"}, "Spam", '/', false},
      {{"*"}, {"Spam"}, "spam", '/', true},
      {{"*"}, {"Spam"}, "Spam/old", '/', true},
      {{"*"}, {"Spam", "Spam/*"}, "Spam/old", '/', false},
      {{"Work*", "INBOX"}, {}, "Private", '/', false},
      {{"Work*", "INBOX"}, {"*/Drafts"}, "Work/Drafts", '/', false},
      {{"Work/a"}, {}, "Work.a", '.', true},
      {{"Work/a"}, {}, "Work.a", '/', false},
      {{"Entw\xc3\xbcrfe"}, {}, "Entw&APw-rfe", '/', true},
      {{"inbox"}, {}, "INBOX", '/', true},
      {{"[h-j]nbox"}, {}, "INBOX", '/', true},
      {{"*"}, {"inBOX"}, "INBOX", '/', false},
      {{"inbox/a"}, {}, "INBOX/a", '/', false},
      {{"a"}, {}, "A", '/', false},
  };
  for (const Row& row : rows) {
    INFO(row.raw << " by " << row.include[0]);
    const auto choice = MailboxChoice::of(row.include, row.exclude);
    REQUIRE(choice);
    CHECK(choice->wants({row.raw, NameEncoding::kUtf7}, row.delimiter) == row.wanted);
  }
}

TEST_CASE("INBOX is visited first, the others by the name that a person reads") {
  std::vector<MailboxName> names;
  for (const char* raw : {"b", "INBOX", "INBOX/x", "A", "&AOQ-", "Zzz", "a"}) {
    names.push_back({raw, NameEncoding::kUtf7});
  }
  sort_for_visit(names, [](const MailboxName& name) { return visit_rank(name, '/'); });
  std::vector<std::string> order;
  for (const auto& name : names) order.push_back(name.raw);
  CHECK(order == std::vector<std::string>{"INBOX", "A", "INBOX/x", "Zzz", "a", "b", "&AOQ-"});
}
