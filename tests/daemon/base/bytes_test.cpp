#include "daemon/base/bytes.h"

#include <catch2/catch.hpp>

using namespace imapkeep;

TEST_CASE("hex and base64 go there and back, and refuse what is not theirs") {
  CHECK(to_hex(ByteView("\x00\xff", 2)) == "00ff");
  CHECK(to_hex(std::uint64_t{0x71c34c671bcb1da4}) == "71c34c671bcb1da4");
  CHECK(u64_from_hex("71c34c671bcb1da4") == 0x71c34c671bcb1da4);
  CHECK_FALSE(u64_from_hex("71c34c671bcb1da"));
  CHECK_FALSE(from_hex("0g"));
  for (const std::string text : {"", "f", "fo", "foo", "foob", "fooba", "foobar"}) {
    CHECK(from_base64(to_base64(text)) == text);
  }
  CHECK(to_base64("fooba") == "Zm9vYmE=");
  CHECK_FALSE(from_base64("Zg="));
  CHECK_FALSE(from_base64("Z=g="));
  CHECK_FALSE(from_base64("Zg==Zg=="));
}

TEST_CASE("numbers are whole, unsigned and within range") {
  CHECK(parse_u64("18446744073709551615") == 18446744073709551615ULL);
  CHECK_FALSE(parse_u64("18446744073709551616"));
  CHECK_FALSE(parse_u64("-1"));
  CHECK_FALSE(parse_u64(""));
  CHECK_FALSE(parse_u64("1 "));
}

TEST_CASE("what a server says cannot steer a terminal") {
  CHECK(printable("a\x1b[2J\\") == "a\\x1b[2J\\x5c");
  CHECK(printable_utf8("Entw\xc3\xbcrfe\xc2\x9b\xff") == "Entwürfe\\xc2\\x9b\\xff");
  CHECK(printable(std::string(300, 'x')).size() == 203);
}

TEST_CASE("UTF-8 is RFC 3629's, nothing more") {
  CHECK(is_utf8("\xf0\x9f\x93\xac"));
  CHECK_FALSE(is_utf8("\xc0\x80"));          // overlong
  CHECK_FALSE(is_utf8("\xed\xa0\x80"));      // surrogate
  CHECK_FALSE(is_utf8("\xf4\x90\x80\x80"));  // above U+10FFFF
  CHECK_FALSE(is_utf8("\xe2\x82"));          // cut short
}
