#include "sync/plan/folder_token.h"

#include <catch2/catch.hpp>

using namespace imapkeep;

TEST_CASE("two equal tokens say that a folder is as it was; empty ones say nothing") {
  struct Row {
    FolderToken now;
    FolderToken then;
    bool unchanged;
  };
  const std::string with_nul("1\0", 2);
  for (const Row& row : {Row{{"17"}, {"17"}, true}, Row{{"17"}, {"18"}, false},
                         Row{{"17"}, {}, false}, Row{{}, {"17"}, false}, Row{{}, {}, false},
                         Row{{with_nul}, {with_nul}, true}, Row{{with_nul}, {"1"}, false}}) {
    CAPTURE(row.now.bytes, row.then.bytes);
    CHECK(row.now.says_unchanged(row.then) == row.unchanged);
  }
}
