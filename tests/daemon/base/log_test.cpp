#include "daemon/base/log.h"

#include <catch2/catch.hpp>

#include "tests/support/log_probe.h"

using namespace imapkeep;

TEST_CASE("what a log was made with stands before a line's own fields, and others do not see it") {
  LogProbe probe;
  const Log plain = probe.log();
  const Log account = plain.with({{"account", "work"}});
  const Log folder = account.with({{"folder", "INBOX"}, {"part", "two words"}});
  folder.info("stored", {{"messages", "3"}});
  account.info("stored", {{"messages", "4"}});
  plain.info("started");
  REQUIRE(probe.lines.size() == 3);
  CHECK(probe.lines[0].text == "stored account=work folder=INBOX part=\"two words\" messages=3");
  CHECK(probe.lines[1].text == "stored account=work messages=4");
  CHECK(probe.lines[2].text == "started");
}
