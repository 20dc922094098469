#include "sync/store/maildir/maildir_name.h"

#include <catch2/catch.hpp>
#include <vector>

#include "sync/store/maildir/line_count.h"

using namespace imapkeep;

TEST_CASE("a file name says date, hash, host, number, sizes and flags") {
  const MaildirStem stem{1771568830, 0x71c34c671bcb1da4, 3444, 3500};
  CHECK(maildir_base(stem, 1, "imap.example.org") ==
        "1771568830.H71c34c671bcb1da4.imap.example.org,S=3444,W=3500");
  CHECK(maildir_base(stem, 12, "imap.example.org") ==
        "1771568830.H71c34c671bcb1da4.imap.example.org~12,S=3444,W=3500");
  CHECK(maildir_base({0, 1, 0, 0}, 1, "h") == "0.H0000000000000001.h,S=0,W=0");
  CHECK(maildir_base({-5, 1, 0, 0}, 1, "h") == "0.H0000000000000001.h,S=0,W=0");
  CHECK(maildir_file("base", "FS") == "base:2,FS");

  for (const std::uint32_t n : {1U, 2U, 4000000000U}) {
    const auto name = parse_maildir_name(maildir_file(maildir_base(stem, n, "a\\072b"), "DFPRST"));
    REQUIRE(name);
    CHECK(name->stem == stem);
    CHECK(name->number == n);
    CHECK(name->host == "a\\072b");
    CHECK(name->flags == "DFPRST");
  }
  CHECK(parse_maildir_name(maildir_base(stem, 1, "h"))->flags.empty());
}

TEST_CASE("the host cannot break the name") {
  CHECK(maildir_host("imap.example.org") == "imap.example.org");
  CHECK(maildir_host("::1") == "\\072\\0721");
  CHECK(maildir_host("a/b,c~d\\e f\x7f\xff") == "a\\057b\\054c\\176d\\134e\\040f\\177\\377");
  CHECK(maildir_host(std::string(300, 'x')) == std::string(100, 'x'));
  CHECK(maildir_host(std::string(98, 'x') + "::") == std::string(98, 'x'));
  const auto base = maildir_base({1, 2, 3, 4}, 5, maildir_host("a,S=1~2:/x"));
  REQUIRE(parse_maildir_name(base));
  CHECK(parse_maildir_name(base)->stem.size == 3);
}

TEST_CASE("parsing is strict") {
  const std::string good = "1771568830.H71c34c671bcb1da4.h,S=3444,W=3444";
  REQUIRE(parse_maildir_name(good));
  REQUIRE(parse_maildir_name(good + ":2,"));
  REQUIRE(parse_maildir_name(good + ":2,abS"));  // a reader's letters
  for (const char* bad : {"",
                          "x",
                          "1771568830.M1P2.host",
                          "01.H71c34c671bcb1da4.h,S=1,W=1",
                          "-1.H71c34c671bcb1da4.h,S=1,W=1",
                          "1.H71C34c671bcb1da4.h,S=1,W=1",
                          "1.H71c34c671bcb1da.h,S=1,W=1",
                          "1.H71c34c671bcb1da4.,S=1,W=1",
                          "1.H71c34c671bcb1da4.h,S=,W=1",
                          "1.H71c34c671bcb1da4.h,S=1",
                          "1.H71c34c671bcb1da4.h,W=1,S=1",
                          "1.H71c34c671bcb1da4.h,S=1,W=1x",
                          "1.H71c34c671bcb1da4.h,S=1,W=01",
                          "1.H71c34c671bcb1da4.h~1,S=1,W=1",
                          "1.H71c34c671bcb1da4.h~02,S=1,W=1",
                          "1.H71c34c671bcb1da4.h~,S=1,W=1",
                          "1.H71c34c671bcb1da4.h~2~3,S=1,W=1",
                          "1.H71c34c671bcb1da4.h~4294967296,S=1,W=1",
                          "1.H71c34c671bcb1da4.h h,S=1,W=1",
                          "1.H71c34c671bcb1da4.h\\9,S=1,W=1",
                          "1.H71c34c671bcb1da4.h,S=1,W=1:1,x",
                          "1.H71c34c671bcb1da4.h,S=1,W=1:2",
                          "1.H71c34c671bcb1da4.h,S=18446744073709551616,W=1",
                          "9223372036854775808.H71c34c671bcb1da4.h,S=1,W=1"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_maildir_name(bad));
  }
}

TEST_CASE("the base of any file name is what stands before the colon") {
  CHECK(maildir_base_of("a.b,S=1:2,FS") == "a.b,S=1");
  CHECK(maildir_base_of("a.b,S=1:2,") == "a.b,S=1");
  CHECK(maildir_base_of("a.b,S=1") == "a.b,S=1");
  CHECK(maildir_base_of("a:1,x:2,S") == "a");
}

TEST_CASE("W counts each bare LF once more, wherever a message is split") {
  const std::vector<std::pair<std::string, std::uint64_t>> rows{
      {"", 0},           {"a", 1},          {"\n", 2},      {"\r\n", 2},
      {"a\r\nb\r\n", 6}, {"a\nb\n", 6},     {"a\r\r\n", 4}, {"\n\r", 3},
      {"\r", 1},         {"\r\n\n\r\n", 6}, {"\n\n\n", 6},  {"a\n\rb\r\nc", 8}};
  for (const auto& [text, expected] : rows) {
    for (std::size_t split = 0; split <= text.size(); ++split) {
      LineCount count;
      count.update(ByteView(text).substr(0, split));
      count.update("");
      count.update(ByteView(text).substr(split));
      CHECK(count.size() == text.size());
      CHECK(count.crlf_size() == expected);
    }
  }
}
