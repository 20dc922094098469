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

TEST_CASE("a line for somebody who looks on reads like a sentence") {
  CHECK(format_for_person("connection lost", {{"account", "work"},
                                              {"folder", "INBOX"},
                                              {"why", "no \x1b answer"},
                                              {"in_ms", "645"},
                                              {"try", "2"}}) ==
        "work, INBOX: connection lost: no \\x1b answer (in_ms 645, try 2)");
  CHECK(format_for_person("started", {}) == "started");
}
