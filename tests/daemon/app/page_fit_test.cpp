#include "daemon/app/page_fit.h"

#include <catch2/catch.hpp>

using namespace imapkeep;

TEST_CASE("a page is cut to the screen, and what is left out is counted") {
  struct Case {
    std::string page;
    std::size_t width, height;
    std::string shown;
  };
  const Case cases[] = {
      {"", 80, 24, ""},
      {"a\nb\n", 80, 24, "a\nb\n"},
      {"a\nb", 80, 24, "a\nb\n"},
      {"a\n\nb\n", 80, 4, "a\n\nb\n"},
      {"a\n\nb\n", 80, 3, "a\n… and 2 more lines\n"},
      {"a\nb\nc\n", 80, 2, "… and 3 more lines\n"},
      {"a\nb\n", 80, 0, "… and 2 more lines\n"},
      {"abcdef\n", 3, 24, "abc\n"},
      {"äöüß€😀x\n", 6, 24, "äöüß€😀\n"},
      {"a\nb\nc\n", 5, 3, "a\n… and\n"},
  };
  for (const Case& one : cases) {
    INFO(one.page << " in " << one.width << "×" << one.height);
    CHECK(fitted_page(one.page, one.width, one.height) == one.shown);
  }
}

TEST_CASE("another process's text cannot steer the terminal") {
  CHECK(without_controls("plain\n\ttext ü € 😀 \\") == "plain\n\ttext ü € 😀 \\");
  CHECK(without_controls("\x1b[2J\r\x07\x7f") == "?[2J???");
  CHECK(without_controls("a\u009b2Jb\u00a0") == "a?2Jb\u00a0");
  CHECK(without_controls(std::string("\0\xc2", 2)) == "?\xc2");
}
