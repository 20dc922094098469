#include "sync/plan/prefetch.h"

#include <catch2/catch.hpp>

using namespace imapkeep;

TEST_CASE("only a folder of which nothing is stored, and of which LIST told, is opened") {
  struct Row {
    std::string name;
    MailboxFacts listed;
    std::uint32_t remembered = 0;  // UIDVALIDITY of the cursor
    std::vector<UidValidity> stored;
    std::string prefetch;
  };
  const auto row = GENERATE(values<Row>({
      {"a small one is asked for whole", {3, 4, 9, 7}, 0, {}, "9: 1:3 of 3, whole"},
      {"without CONDSTORE, too", {3, 4, 9, {}}, 0, {}, "9: 1:3 of 3, whole"},
      {"few messages under high UIDs", {3, 1'000'001, 9, 7}, 0, {}, "9: 1:1000000 of 3, whole"},
      {"one message", {1, 2, 9, 7}, 0, {}, "9: 1 of 1, whole"},
      {"as many as go into one", {200, 201, 9, 7}, 0, {}, "9: 1:200 of 200, whole"},
      {"one more", {201, 202, 9, 7}, 0, {}, "9: 2:201 of 201"},
      {"the newest of a large one", {50'000, 60'001, 9, 7}, 0, {}, "9: 59801:60000 of 50000"},
      {"more messages than UIDs is no number to trust", {300, 11, 9, 7}, 0, {}, "9: 1:10 of 300"},
      {"the last UID there can be", {1, 4294967296, 9, 7}, 0, {}, "9: 1:4294967295 of 1, whole"},
      {"visited before, and was empty", {3, 4, 9, 7}, 9, {}, "9: 1:3 of 3, whole"},
      {"empty", {0, 4, 9, 7}, 0, {}, "none"},
      {"nobody knows how many", {{}, 4, 9, 7}, 0, {}, "none"},
      {"UIDNEXT is not told", {3, {}, 9, 7}, 0, {}, "none"},
      {"UIDNEXT 1 with messages", {3, 1, 9, 7}, 0, {}, "none"},
      {"UIDVALIDITY is not told", {3, 4, {}, 7}, 0, {}, "none"},
      {"something is stored", {3, 4, 9, 7}, 9, {UidValidity{9}}, "none"},
      {"another generation is stored", {3, 4, 9, 7}, 0, {UidValidity{8}}, "none"},
      {"another generation was visited", {3, 4, 9, 7}, 8, {}, "none"},
  }));
  INFO(row.name);
  FolderCursor cursor;
  cursor.uid_validity = UidValidity{row.remembered};
  const auto prefetch = decide_prefetch(cursor, row.listed, row.stored);
  std::string said = "none";
  if (prefetch) {
    said = std::to_string(prefetch->uid_validity.value) + ": " + prefetch->uids.str() + " of " +
           std::to_string(prefetch->messages) + (prefetch->whole ? ", whole" : "");
  }
  CHECK(said == row.prefetch);
}
