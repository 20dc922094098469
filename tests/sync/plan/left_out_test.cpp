#include "sync/plan/left_out.h"

#include <catch2/catch.hpp>

using namespace imapkeep;

namespace {

ListedFolder listed(const std::string& raw, bool holds_mail = true) {
  return {{raw, NameEncoding::kUtf7}, '.', holds_mail, {}};
}

KnownFolder known(std::uint32_t id, const std::string& raw, NameEncoding encoding) {
  KnownFolder folder;
  folder.id = FolderId{id};
  folder.name = {raw, encoding};
  folder.delimiter = '.';
  return folder;
}

struct Row {
  const char* name;
  std::vector<std::string> include;
  std::vector<std::string> exclude;
  LeftOut left_out;
  std::vector<std::string> sentences_begin;
};

}  // namespace

TEST_CASE("what a choice of folders leaves out, and what it promises in vain") {
  // [Gmail] itself holds no mail; Old is known and not listed any more; Entwürfe is known by the
  // other spelling of its name.
  const std::vector<ListedFolder> folders = {listed("Sent"), listed("INBOX"),
                                             listed("[Gmail]", false), listed("[Gmail].Spam"),
                                             listed("Entw&APw-rfe")};
  const std::vector<KnownFolder> before = {known(1, "INBOX", NameEncoding::kUtf7),
                                           known(2, "Old", NameEncoding::kUtf7),
                                           known(3, "Entw\xc3\xbcrfe", NameEncoding::kUtf8)};
  const std::string drafts = "Entw\xc3\xbcrfe";
  const std::string none = "no folder is chosen, so nothing is mirrored";
  const std::vector<Row> rows = {
      {"everything", {"*"}, {}, {}, {}},
      {"some are excluded",
       {"*"},
       {"[Gmail]/Spam", "Ol?"},
       {{"Old", "[Gmail]/Spam"}, {}, {}, {}, true},
       {}},
      {"an exclude that is spelled wrongly", {"*"}, {"Spam"}, {{}, {}, {}, {"Spam"}, true}, {}},
      {"a folder without mail is matched, and nothing is left out by it",
       {"*"},
       {"[Gmail]"},
       {{}, {}, {}, {}, true},
       {}},
      {"case does not count for INBOX",
       {"Inbox"},
       {},
       {{}, {drafts, "Old", "Sent", "[Gmail]/Spam"}, {}, {}, true},
       {}},
      {"an include that names none is owed",
       {"INBOX", "Sentt"},
       {"Sent"},
       {{"Sent"}, {drafts, "Old", "[Gmail]/Spam"}, {"Sentt"}, {}, true},
       {"folders.include names \"Sentt\", and the server lists no such folder: mend the name, or "
        "take it out; folders that are not included: " +
        drafts + ", Old, [Gmail]/Spam"}},
      {"a pattern may match nothing",
       {"INBOX", "Lists/*"},
       {},
       {{}, {drafts, "Old", "Sent", "[Gmail]/Spam"}, {"Lists/*"}, {}, true},
       {}},
      {"nothing at all is chosen",
       {"Lists/*"},
       {},
       {{}, {"INBOX", drafts, "Old", "Sent", "[Gmail]/Spam"}, {"Lists/*"}, {}, false},
       {none}},
      {"everything is excluded",
       {"*"},
       {"*"},
       {{"INBOX", drafts, "Old", "Sent", "[Gmail]/Spam"}, {}, {}, {}, false},
       {none}},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    const auto choice = MailboxChoice::of(row.include, row.exclude);
    REQUIRE(choice);
    const LeftOut found = left_out(folders, before, *choice);
    CHECK(found.excluded == row.left_out.excluded);
    CHECK(found.not_included == row.left_out.not_included);
    CHECK(found.vain_includes == row.left_out.vain_includes);
    CHECK(found.vain_excludes == row.left_out.vain_excludes);
    CHECK(found.leaves_some == row.left_out.leaves_some);
    const auto sentences = unkept_includes(found);
    REQUIRE(sentences.size() == row.sentences_begin.size());
    for (std::size_t i = 0; i < sentences.size(); ++i) {
      CHECK(sentences[i].substr(0, row.sentences_begin[i].size()) == row.sentences_begin[i]);
    }
  }
}

TEST_CASE("a mailbox without folders promises nothing in vain by a pattern") {
  const auto choice = MailboxChoice::of({"Lists/*"}, {});
  REQUIRE(choice);
  CHECK(unkept_includes(left_out({}, {}, *choice)).empty());
}
