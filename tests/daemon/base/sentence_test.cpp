#include "daemon/base/sentence.h"

#include <catch2/catch.hpp>

#include "daemon/base/bytes.h"
#include "daemon/base/log.h"

using namespace imapkeep;

TEST_CASE("words are escaped once, however often they are shown") {
  const std::string said = "caf\xc3\xa9 \x1b[2J \\ C:\\mail \xff";
  const std::string shown = "café \\x1b[2J \\x5c C:\\x5cmail \\xff";
  CHECK(printable_utf8(said) == shown);
  CHECK(sentence_shown(said, 100) == shown);
  CHECK(sentence_shown(shown, 100) == shown);
  CHECK(format_log_line("event", {{"why", shown}}) == "event why=\"" + shown + "\"");
  CHECK(format_log_line("event", {{"why", said}}) == "event why=\"" + shown + "\"");
}

TEST_CASE("a long sentence is cut between two characters") {
  CHECK(sentence_shown("ab\xc3\xa9"
                       "cd",
                       3) == "ab…");
  CHECK(sentence_shown("ab\xc3\xa9"
                       "cd",
                       4) == "abé…");
  CHECK(sentence_shown("abcd", 4) == "abcd");
  CHECK(sentence_shown("\\", 4) == "\\x5c");
  CHECK(sentence_shown("", 4).empty());
}
