#include "sync/imap/fragments.h"

#include <catch2/catch.hpp>
#include <vector>

using namespace imapkeep;
using namespace imapkeep::imap;

namespace {

/// line 'text' · literal n 'text' · bytes 'joined' · part 'text' · passed 'text' · passed literal n
/// · error
std::vector<std::string> fragments_of(const std::vector<ByteView>& pieces, FragmentLimits limits) {
  Fragments fragments(limits);
  std::vector<std::string> out;
  std::string bytes;
  for (ByteView input : pieces) {
    while (true) {
      const auto fragment = fragments.next(input);
      if (!fragment) {
        out.push_back("error: " + fragment.error().what);
        return out;
      }
      const std::string text = "'" + std::string(fragment->text) + "'";
      using Kind = Fragment::Kind;
      if (fragment->kind == Kind::kNeedMore) break;
      const std::string passed = fragment->passed ? "passed " : "";
      if (fragment->kind == Kind::kLine)
        out.push_back(passed.empty() ? "line " + text : passed + text);
      if (fragment->kind == Kind::kPart) out.push_back("part " + text);
      if (fragment->kind == Kind::kBytes) bytes += fragment->text;
      if (fragment->kind == Kind::kLiteral) {
        const std::string size = "literal " + std::to_string(fragment->size);
        out.push_back(passed.empty() ? size + " " + text : passed + size);
        bytes.clear();
      }
      if (fragment->kind == Kind::kLiteralEnd) out.push_back("bytes '" + bytes + "'");
    }
    CHECK(input.empty());
  }
  if (!fragments.at_line_start()) out.push_back("pending");
  return out;
}

std::vector<std::string> at_every_split(ByteView wire, FragmentLimits limits = {}) {
  const auto whole = fragments_of({wire}, limits);
  for (std::size_t i = 1; i < wire.size(); ++i) {
    INFO("split at " << i);
    CHECK(fragments_of({wire.substr(0, i), wire.substr(i)}, limits) == whole);
  }
  std::vector<ByteView> bytes;
  for (std::size_t i = 0; i < wire.size(); ++i) bytes.push_back(wire.substr(i, 1));
  CHECK(fragments_of(bytes, limits) == whole);
  return whole;
}

using Expected = std::vector<std::string>;

}  // namespace

TEST_CASE("lines and literals are told apart wherever the input is cut") {
  struct Row {
    std::string wire;
    Expected expected;
  };
  const std::string nul(1, '\0');
  for (const auto& row : std::vector<Row>{
           {"", {}},
           {"* OK\r\n", {"line '* OK'"}},
           {"* OK\n", {"line '* OK'"}},
           {"* OK\r\r\n", {"line '* OK'"}},
           {"\r\n", {"line ''"}},
           {"* O", {"pending"}},
           {nul + nul + "* OK\r\n" + nul + "* NO\r\n", {"line '* OK'", "line '* NO'"}},
           {nul, {}},
           {"a\rb\r\n", {"line 'a\rb'"}},
           {"* x {3}\r\na\r\n)\r\n", {"literal 3 '* x '", "bytes 'a\r\n'", "line ')'"}},
           {"* x {3}\n* B)\n", {"literal 3 '* x '", "bytes '* B'", "line ')'"}},
           {"* x {3} \r\nabc\r\n", {"literal 3 '* x '", "bytes 'abc'", "line ''"}},
           {"* x {3+}\r\nabc)\r\n", {"literal 3 '* x '", "bytes 'abc'", "line ')'"}},
           {"* x ~{3}\r\nabc)\r\n", {"literal 3 '* x '", "bytes 'abc'", "line ')'"}},
           {"* x[]{3}\r\nabc)\r\n", {"literal 3 '* x[]'", "bytes 'abc'", "line ')'"}},
           {"* x {0}\r\n)\r\n", {"literal 0 '* x '", "bytes ''", "line ')'"}},
           {"* x {1}\r\na {1}\r\nb\r\n",
            {"literal 1 '* x '", "bytes 'a'", "literal 1 ' '", "bytes 'b'", "line ''"}},
           {"* x {1}\r\n" + nul + nul + "\r\n",
            {"literal 1 '* x '", "bytes '" + nul + "'", "line '" + nul + "'"}},
           {"* x {5}\r\nab", {"literal 5 '* x '", "pending"}},
           {"* x {5}", {"pending"}},
           // What no length is, is text.
           {"* x {}\r\n", {"line '* x {}'"}},
           {"* x {a}\r\n", {"line '* x {a}'"}},
           {"* x {5}y\r\n", {"line '* x {5}y'"}},
           {"* x 5}\r\n", {"line '* x 5}'"}},
           {"* x {4 5}\r\n", {"line '* x {4 5}'"}},
           // Behind a status comes text for people, unless its code is still open.
           {"* OK see {5}\r\n", {"line '* OK see {5}'"}},
           {"* no {5}\r\n", {"line '* no {5}'"}},
           {"A1 BAD [X] {5}\r\n", {"line 'A1 BAD [X] {5}'"}},
           {"* [X] {5}\r\n", {"line '* [X] {5}'"}},
           {"+ {5}\r\n", {"line '+ {5}'"}},
           {"* OK [X {2}\r\nab] y\r\n", {"literal 2 '* OK [X '", "bytes 'ab'", "line '] y'"}},
           {"A1 OKAY {2}\r\nab\r\n", {"literal 2 'A1 OKAY '", "bytes 'ab'", "line ''"}},
           // Sizes that cannot be.
           {"* x {-1}\r\n", {"error: The server announced a literal of an impossible size: {-1}."}},
           {"* x {99999999999999999999}\r\n",
            {"error: The server announced a literal of an impossible size: "
             "{99999999999999999999}."}},
           {"* x {9223372036854775808}\r\n",
            {"error: The server announced a literal of an impossible size: "
             "{9223372036854775808}."}},
           {"* x {9223372036854775807}\r\n", {"literal 9223372036854775807 '* x '", "pending"}}}) {
    INFO(row.wire);
    CHECK(at_every_split(row.wire) == row.expected);
  }
}

TEST_CASE("a line has a limit, over all its pieces, and the last byte allowed is allowed") {
  const FragmentLimits limits{20, 10};
  const std::string too_long = "error: The server sent a line longer than 20 bytes.";
  CHECK(at_every_split("12345678901234567890\n", limits) ==
        Expected{"line '12345678901234567890'"});
  CHECK(at_every_split("123456789012345678901\n", limits) == Expected{too_long});
  CHECK(at_every_split("1234567890 {3}\nabc56789\n", limits) ==
        Expected{"literal 3 '1234567890 '", "bytes 'abc'", "line '56789'"});
  CHECK(at_every_split("1234567890 {3}\nabc567890\n", limits) ==
        Expected{"literal 3 '1234567890 '", "bytes 'abc'", too_long});
}

TEST_CASE("a long list comes in parts, each with its head") {
  const FragmentLimits limits{64, 32};
  struct Row {
    std::string wire;
    Expected expected;
  };
  for (const auto& row : std::vector<Row>{
           {"* SEARCH 1111 2222 3333 4444 5555 6666 7777 8888 9999\r\n",
            {"part '* SEARCH 1111 2222 3333 4444'", "part '* SEARCH 5555 6666 7777 8888'",
             "line '* SEARCH 9999'"}},
           {"* search  11111 22222 33333 44444 (MODSEQ 55555555)\r\n",
            {"part '* search  11111 22222 33333'", "line '* search  44444 (MODSEQ 55555555)'"}},
           {"* VANISHED 1:22,333,44444:55555,6666666\r\n",
            {"part '* VANISHED 1:22,333,44444:55555'", "line '* VANISHED 6666666'"}},
           {"* VANISHED 1:22,33333:4444444444\r\n",
            {"part '* VANISHED 1:22'", "line '* VANISHED 33333:4444444444'"}},
           // A list that is none is a line like any other.
           {"* SEARCH 1 2 (MODSEQ 333333333333)\r\n",
            {"line '* SEARCH 1 2 (MODSEQ 333333333333)'"}},
           {"* SEARCH 1 2 3 4 5 6 7 8 9 x 10 11 12\r\n",
            {"line '* SEARCH 1 2 3 4 5 6 7 8 9 x 10 11 12'"}},
           {"* VANISHED (OTHER) 1,22,333,4444,5555\r\n",
            {"line '* VANISHED (OTHER) 1,22,333,4444,5555'"}},
           {"* SORT 1111 2222 3333 4444 5555 6666\r\n",
            {"line '* SORT 1111 2222 3333 4444 5555 6666'"}}}) {
    INFO(row.wire);
    CHECK(at_every_split(row.wire, limits) == row.expected);
  }
  const FragmentLimits wide{200, 70};
  CHECK(at_every_split("* ESEARCH (TAG \"a\") UID ALL 1:111111,222222:333333,444444,555555:666666,7"
                       " COUNT 9\r\n",
                       wide) ==
        Expected{"part '* ESEARCH (TAG \"a\") UID ALL 1:111111,222222:333333,444444'",
                 "line '* ESEARCH (TAG \"a\") UID ALL 555555:666666,7 COUNT 9'"});
  CHECK(at_every_split("* VANISHED (EARLIER) 1:111111,222222:333333,444444,555555:666666,777:888\n",
                       wide) ==
        Expected{"part '* VANISHED (EARLIER) 1:111111,222222:333333,444444,555555:666666'",
                 "line '* VANISHED (EARLIER) 777:888'"});
  CHECK(at_every_split("* SEARCH " + std::string(300, '1') + "\r\n", wide) ==
        Expected{"error: The server sent a line longer than 200 bytes."});
}

TEST_CASE("a line that may hold keywords may be long, and what is longer is passed over") {
  FragmentLimits limits;
  limits.line_bytes = 24;
  limits.part_bytes = 12;
  limits.long_line_bytes = 48;
  limits.passed_bytes = 200;
  const std::string xs(60, 'x');
  struct Row {
    std::string wire;
    Expected expected;
  };
  const std::string too_long = "error: The server sent a line longer than 24 bytes.";
  for (const auto& row :
       std::vector<Row>{{"* 1 FETCH (FLAGS (aaaaaaaaaaaaaaaaaaaaaaaaaaa))\r\n",
                         {"line '* 1 FETCH (FLAGS (aaaaaaaaaaaaaaaaaaaaaaaaaaa))'"}},
                        {"* FLAGS (" + xs + ")\r\n* x\r\n",
                         {"passed '* FLAGS (" + xs.substr(0, 40) + "'", "line '* x'"}},
                        {"* LIST () \"/\" " + xs + "\r\n", {too_long}},
                        {"A1 OK " + xs + "{5}\r\nA2 OK\r\n",
                         {"passed 'A1 OK " + xs.substr(0, 43) + "'", "line 'A2 OK'"}},
                        {"* 1 FETCH (X " + xs + " BODY[] {3}\r\na)\n Y {2+}\r\n\r\n)\r\n* x\r\n",
                         {"passed literal 3", "bytes 'a)\n'", "passed literal 2", "bytes '\r\n'",
                          "passed '* 1 FETCH (X " + xs.substr(0, 36) + "'", "line '* x'"}},
                        {"* 1 FETCH (X {1}\r\na " + xs + ")\r\n* x\r\n",
                         {"literal 1 '* 1 FETCH (X '", "bytes 'a'", "passed ''", "line '* x'"}},
                        {"* 1 FETCH (" + xs + xs + xs + xs + ")\r\n",
                         {"error: The server sent a line longer than 200 bytes."}}}) {
    INFO(row.wire);
    CHECK(at_every_split(row.wire, limits) == row.expected);
  }
}

TEST_CASE("a list has a limit over all its parts") {
  FragmentLimits limits{64, 32};
  limits.listed_bytes = 60;
  CHECK(at_every_split("* SEARCH 1111 2222 3333 4444 5555 6666 7777 8888 9999\r\n", limits) ==
        Expected{"part '* SEARCH 1111 2222 3333 4444'", "part '* SEARCH 5555 6666 7777 8888'",
                 "line '* SEARCH 9999'"});
  limits.listed_bytes = 50;
  CHECK(at_every_split("* SEARCH 1111 2222 3333 4444 5555 6666 7777 8888 9999\r\n", limits) ==
        Expected{"part '* SEARCH 1111 2222 3333 4444'",
                 "error: The server sent a line longer than 50 bytes."});
}
