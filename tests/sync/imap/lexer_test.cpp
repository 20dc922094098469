#include "sync/imap/lexer.h"

#include <catch2/catch.hpp>

using namespace imapkeep::imap;

TEST_CASE("texts of every kind, and what follows them") {
  struct Row {
    std::string line;
    Text::Kind kind;
    std::string value, rest;
  };
  using Kind = Text::Kind;
  for (const auto& row : std::vector<Row>{{"abc def", Kind::kAtom, "abc", " def"},
                                          {"a[b]\\*%{c] x", Kind::kAtom, "a[b]\\*%{c]", " x"},
                                          {"caf\xc3\xa9)", Kind::kAtom, "caf\xc3\xa9", ")"},
                                          {"a\"b c", Kind::kAtom, "a\"b", " c"},
                                          {"{x} y", Kind::kAtom, "{x}", " y"},
                                          {"~a/b c", Kind::kAtom, "~a/b", " c"},
                                          {"~{x c", Kind::kAtom, "~{x", " c"},
                                          {"\"\" x", Kind::kQuoted, "", " x"},
                                          {"\"a (b\" x", Kind::kQuoted, "a (b", " x"},
                                          {"\"a\\\"b\\\\\" x", Kind::kQuoted, "a\"b\\", " x"},
                                          {"\"\xe4\xff\"x", Kind::kQuoted, "\xe4\xff", "x"},
                                          {"{3}\na)b c", Kind::kLiteral, "a)b", " c"},
                                          {"~{3}\na\nb c", Kind::kLiteral, "a\nb", " c"},
                                          {"{0}\n c", Kind::kLiteral, "", " c"},
                                          {"{7!}\n c", Kind::kStreamed, "", " c"}}) {
    INFO(row.line);
    Lexer lexer(row.line);
    const auto text = lexer.text();
    REQUIRE(text);
    CHECK(text->kind == row.kind);
    CHECK(text->str() == row.value);
    CHECK(lexer.rest() == row.rest);
    CHECK_FALSE(lexer.lost());
  }
}

TEST_CASE("what is no text") {
  for (const std::string line : {"", " a", ")", "(a)", "\"a", "\"a\\\"", "\"a\\", "\"a{1}\nb\""}) {
    INFO(line);
    Lexer lexer(line);
    CHECK_FALSE(lexer.text());
    CHECK_FALSE(lexer.lost());
  }
  // A length where no line end follows: the server's framing is not ours.
  for (const std::string line :
       {"{3}abc", "{3+}abc", "{3} abc", "~{3}abc", "{9}\nabc", "{99999999999999999999}"}) {
    INFO(line);
    Lexer lexer(line);
    CHECK_FALSE(lexer.text());
    CHECK(lexer.lost());
  }
}

TEST_CASE("no word runs on into a literal") {
  Lexer atom("ab{3}\nx y z");
  CHECK(atom.atom() == "ab{3}");
  CHECK_FALSE(atom.text());
  CHECK(words_of("a b{3}\nx y") == std::vector<std::string>{"a", "b{3}"});
}

TEST_CASE("numbers that servers get wrong are absent, not wrong") {
  struct Row {
    std::string line;
    bool read;
    std::optional<std::uint64_t> value;
  };
  for (const auto& row : std::vector<Row>{{"12 ", true, 12},
                                          {"\"12\"", true, 12},
                                          {"{2}\n12", true, 12},
                                          {"-1", true, {}},
                                          {"NIL", true, {}},
                                          {"99999999999999999999", true, {}},
                                          {"12x", true, {}},
                                          {"", false, {}},
                                          {"(1)", false, {}},
                                          {"{2!}\n", false, {}}}) {
    INFO(row.line);
    Lexer lexer(row.line);
    std::optional<std::uint64_t> value;
    CHECK(lexer.number(value) == row.read);
    CHECK(value == row.value);
  }
}

TEST_CASE("a value of any shape is skipped by balance") {
  struct Row {
    std::string line;
    bool skipped;
    std::string rest;
  };
  const auto nested = [](int depth) { return std::string(depth, '(') + std::string(depth, ')'); };
  for (const auto& row : std::vector<Row>{{"NIL x", true, " x"},
                                          {"(a (b) \"c)\" {3}\n))) d) x", true, " x"},
                                          {"() x", true, " x"},
                                          {"(a(b)c)x", true, "x"},
                                          {"(\"\\\")\" \\)x", true, "x"},
                                          {"([Gmail] \\*)", true, ""},
                                          {"(a", false, ""},
                                          {"(\"a)", false, ""},
                                          {")", false, ""},
                                          {"", false, ""},
                                          {nested(32), true, ""},
                                          {nested(33), false, ""},
                                          {std::string(60'000, '('), false, ""}}) {
    INFO(row.line.substr(0, 80));
    Lexer lexer(row.line);
    CHECK(lexer.skip_value() == row.skipped);
    if (row.skipped) CHECK(lexer.rest() == row.rest);
  }
}

TEST_CASE("names of FETCH items keep their section together") {
  struct Row {
    std::string line, item, rest;
  };
  for (const auto& row : std::vector<Row>{
           {"UID 5", "UID", " 5"},
           {"BODY[] x", "BODY[]", " x"},
           {"BODY[]<0> x", "BODY[]<0>", " x"},
           {"BODY[]{3}\nabc", "BODY[]", "{3}\nabc"},
           {"BODY[HEADER.FIELDS (DATE FROM)] x", "BODY[HEADER.FIELDS (DATE FROM)]", " x"},
           {"BODY[HEADER.FIELDS (\"a]b\")] x", "BODY[HEADER.FIELDS (\"a]b\")]", " x"},
           {"BODY[X ({2}\n]])] x", "BODY[X ({2}\n]])]", " x"},
           {"FLAGS(\\Seen)", "FLAGS", "(\\Seen)"}}) {
    INFO(row.line);
    Lexer lexer(row.line);
    CHECK(lexer.fetch_item() == row.item);
    CHECK(lexer.rest() == row.rest);
  }
  for (const std::string line : {"", " UID", "(x)", "BODY[", "BODY[\"]", "BODY[{9}\n]"}) {
    INFO(line);
    CHECK_FALSE(Lexer(line).fetch_item());
  }
}

TEST_CASE("brackets nest and respect quotes where that comes out even") {
  struct Row {
    std::string line, inside, rest;
  };
  for (const auto& row : std::vector<Row>{{"[ALERT] x", "ALERT", " x"},
                                          {"[] x", "", " x"},
                                          {"[P (a [b] c)] x", "P (a [b] c)", " x"},
                                          {"[E=\"a]b\" c] x", "E=\"a]b\" c", " x"},
                                          {"[E=\"a\\\"]b\"] x", "E=\"a\\\"]b\"", " x"},
                                          {"[P (a[b)] x", "P (a[b)", " x"},
                                          {"[E=\"a] x", "E=\"a", " x"}}) {
    INFO(row.line);
    Lexer lexer(row.line);
    CHECK(lexer.bracketed() == row.inside);
    CHECK(lexer.rest() == row.rest);
  }
  CHECK_FALSE(Lexer("[a").bracketed());
  CHECK_FALSE(Lexer("a]").bracketed());
}
