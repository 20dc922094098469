#include "sync/imap/capabilities.h"

#include <catch2/catch.hpp>

using namespace imapkeep::imap;

TEST_CASE("capabilities are known in any case, and only whole") {
  const Capabilities all({"IMAP4rev1", "auth=plain", "AUTH=XOAUTH2", "Condstore", "AUTH=", "AUTHX",
                          "", "APPENDLIMIT=35651584"});
  CHECK(all.has("IMAP4REV1"));
  CHECK(all.has("CONDSTORE"));
  CHECK(all.has("Auth=Plain"));
  CHECK_FALSE(all.has("COND"));
  CHECK_FALSE(all.has("APPENDLIMIT"));
  CHECK_FALSE(all.has(""));
  CHECK(all.mechanisms() == std::vector<std::string>{"PLAIN", "XOAUTH2"});
  CHECK(Capabilities({"b", "A"}).str() == "A B");
  CHECK(Capabilities().empty());
  CHECK(Capabilities(std::vector<std::string>{""}).empty());
  CHECK(Capabilities().mechanisms().empty());
}
