#include "config/yaml_layout.h"

#include <catch2/catch.hpp>

using namespace imapkeep;

namespace {

/// LINE:COLUMN of what is found, and a word of its sentence.
struct Row {
  std::string text;
  std::size_t noticed;
  std::string place;
  std::string word;
};

}  // namespace

TEST_CASE("the mistake in the layout is found where it was made") {
  const std::vector<Row> rows = {
      {"a:\n\tb: 1\n", 0, "2:1", "tab"},
      {"a:\n  \tb: 1\n", 0, "2:3", "tab"},
      {"a:\n  b: 1\n\t\n", 0, "", ""},  // an empty line may hold anything
      {"a:\n  b: 1\n   c: 2\n", 0, "3:4", "indented by 3 blanks, the one before it by 2"},
      {"a:\n  b: 1\n c: 2\n", 0, "3:2", "indented by 1 blank,"},
      {"a:\n  b: {x: 1}\n   c: 2\n", 0, "3:4", "indented"},
      {"a:\n  b: \"x # y\"\n   c: 2\n", 0, "3:4", "indented"},
      {"a:\n  b: it\n\n  # so\n   c: 2\n", 0, "5:4", "indented"},
      {"a:\n  - b: 1\n    c: 2\n     d: 3\n", 0, "4:6", "indented"},
      {"a:\n- b\n- c\nd:1\n", 0, "4:3", "a blank is missing behind `d:`"},
      {"a: 1\nuser:me\nb: 2\n", 3, "2:6", "`user:`"},
      {"a: 1\nb: 2\nuser:me\n", 2, "", ""},  // behind what the parser saw
      {"a:\n  -\n    b: 1\n    c: [\n", 0, "", ""},
      {"a: http://x\nb: [\n", 0, "", ""},
      {"a: {b: 1,\n      c:2\n", 0, "", ""},
      {"a: |\n     text\n  more\nb: [\n", 0, "", ""},
      {"a: 'x\n     y\n", 0, "", ""},
      {"http://x\n", 0, "", ""},
      {"", 0, "", ""},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    const auto found = find_layout_mistake(row.text, row.noticed);
    if (row.place.empty()) {
      CHECK_FALSE(found.has_value());
      continue;
    }
    REQUIRE(found.has_value());
    CHECK(std::to_string(found->line) + ":" + std::to_string(found->column) == row.place);
    CHECK(found->sentence.find(row.word) != std::string::npos);
  }
}
