#include "sync/plan/body_check.h"

#include <catch2/catch.hpp>
#include <vector>

using namespace imapkeep;

namespace {

using Size = std::optional<std::uint64_t>;

}  // namespace

TEST_CASE("what is done with a body that has come") {
  struct Row {
    const char* name;
    ArrivedBody body;
    std::uint64_t wrong_sizes;
    bool invents;
    BodyStep step;
  };
  using Step = BodyStep;
  const std::vector<Row> rows = {
      {"as announced", {300, 300, false}, 0, false, Step::kKeep},
      {"no size announced", {std::nullopt, 300, false}, 0, false, Step::kKeep},
      {"shorter", {197, 20, false}, 0, false, Step::kAskAgain},
      {"longer", {197, 400, false}, 0, false, Step::kAskAgain},
      {"longer, the last one asked twice", {197, 400, false}, 19, false, Step::kAskAgain},
      {"longer, where sizes are wrong", {197, 400, false}, 20, false, Step::kKeepOtherSize},
      {"shorter, where sizes are wrong", {197, 196, false}, 5000, false, Step::kAskAgain},
      {"Courier's invention", {30'071, 129, true}, 0, true, Step::kRefuse},
      {"the same, announced", {129, 129, true}, 0, true, Step::kRefuse},
      {"the same from an unknown server, not announced",
       {30'071, 129, true},
       0,
       false,
       Step::kRefuse},
      {"mail that says the same, on another server", {129, 129, true}, 0, false, Step::kKeep},
      {"empty as announced", {0, 0, false}, 0, false, Step::kKeep},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    CHECK(decide_body(row.body, row.wrong_sizes, row.invents) == row.step);
  }
}

TEST_CASE("which of two bodies is kept, and whether it is in doubt") {
  struct Row {
    const char* name;
    ArrivedBody first;
    SecondBody second;
    KeptBody keep;
    bool doubtful;
    bool unless_equal;
  };
  const auto neither = KeptBody::kNeither;
  const auto first = KeptBody::kFirst;
  const auto second = KeptBody::kSecond;
  const std::vector<Row> rows = {
      {"not there any more",
       {300, 20, false},
       {false, 300, std::nullopt, false},
       neither,
       false,
       false},
      {"not there, and something came",
       {300, 20, false},
       {false, 300, 20, false},
       neither,
       false,
       false},
      {"made up", {300, 20, false}, {true, 129, 129, true}, neither, false, false},
      {"nothing came", {300, 20, false}, {true, 300, std::nullopt, false}, first, true, false},
      {"now as announced", {300, 20, false}, {true, 300, 300, false}, second, false, false},
      {"the shorter one is as announced",
       {300, 900, false},
       {true, 300, 300, false},
       second,
       false,
       false},
      {"the same size again", {300, 20, false}, {true, 300, 20, false}, first, true, true},
      {"the same, but announced anew", {300, 20, false}, {true, 20, 20, false}, first, true, false},
      {"longer", {300, 20, false}, {true, 300, 45, false}, second, true, false},
      {"shorter", {300, 45, false}, {true, 300, 20, false}, first, true, false},
      {"longer, as announced anew",
       {300, 250, false},
       {true, 260, 260, false},
       second,
       true,
       false},
      {"shorter, as announced anew",
       {300, 290, false},
       {true, 260, 260, false},
       first,
       true,
       false},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    const BodyChoice choice = choose_body(row.first, row.second);
    CHECK(choice.keep == row.keep);
    CHECK(choice.doubtful.empty() == !row.doubtful);
    CHECK(choice.unless_equal == row.unless_equal);
  }
  CHECK(choose_body({197, 20, false}, {true, 197, 45, false}).doubtful ==
        "the server announced 197 and sent 20 octets, then sent 45");
}

TEST_CASE("only the very words of an invention are one") {
  const std::string words =
      "From: System Administrator <root@localhost>\r\nSubject: message unavailable\r\n\r\n"
      "This message is no longer available on the server.\r\n";
  CHECK(is_known_invention(words));
  CHECK(words.size() == kInventedSize);
  CHECK_FALSE(is_known_invention(words + " "));
  CHECK_FALSE(is_known_invention("Subject: message unavailable\r\n\r\n"));
  CHECK_FALSE(is_known_invention(""));
}
