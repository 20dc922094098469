#include "sync/imap/types/namespaces.h"

#include <catch2/catch.hpp>

using namespace imapkeep;

TEST_CASE("whose a folder is, says the longest prefix that fits") {
  const Namespaces untold;
  const Namespaces one{{{"", '/'}}, {}};
  const Namespaces dovecot{{{"", '/'}}, {{"shared/", '/'}, {"Public/", '/'}}};
  const Namespaces cyrus{{{"INBOX.", '.'}}, {{"user.", '.'}, {"", '.'}}};
  const Namespaces both{{{"", '/'}}, {{"", '/'}}};
  struct Row {
    const Namespaces& namespaces;
    const char* folder;
    bool own;
  };
  const std::vector<Row> rows{
      {untold, "INBOX", true},
      {untold, "Archive", false},
      {one, "Archive", true},
      {dovecot, "INBOX", true},
      {dovecot, "Archive", true},
      {dovecot, "Publicity", true},
      {dovecot, "Public", false},
      {dovecot, "Public/News", false},
      {dovecot, "shared/ann/INBOX", false},
      {cyrus, "INBOX", true},
      {cyrus, "INBOX.Sent", true},
      {cyrus, "user.ann", false},
      {cyrus, "user", false},
      {cyrus, "News", false},
      {both, "INBOX", true},
      {both, "Archive", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.folder);
    CHECK(row.namespaces.is_own(row.folder) == row.own);
  }
}
