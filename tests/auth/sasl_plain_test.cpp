#include "auth/sasl_plain.h"

#include <catch2/catch.hpp>

using namespace imapkeep;
using namespace std::string_literals;

TEST_CASE("PLAIN says authzid, user and password, parted by NUL") {
  struct Row {
    std::string authzid, user, password;
    std::string wanted;  // empty: refused
  };
  const auto row = GENERATE(values<Row>({
      {"", "tim", "tanstaaftanstaaf", "\0tim\0tanstaaftanstaaf"s},  // RFC 4616 §4
      {"Ursel", "Kurt", "xipj3plmq", "Ursel\0Kurt\0xipj3plmq"s},    // RFC 4616 §4
      {"", "jürgen", " pass word\r\n", "\0jürgen\0 pass word\r\n"s},
      {"", "", "secret", ""},
      {"", "tim", "", ""},
      {"", "tim\0admin"s, "secret", ""},
      {"", "tim", "sec\0ret"s, ""},
      {"ti\0m"s, "tim", "secret", ""},
  }));
  SaslPlain plain({row.user, row.authzid, Secret(row.password)});
  CHECK(plain.name() == "PLAIN");
  const auto said = plain.initial_response();
  if (!row.wanted.empty()) {
    REQUIRE(said);
    CHECK(*said == row.wanted);
    return;
  }
  REQUIRE_FALSE(said);
  CHECK(said.error().trouble == Trouble::kLogin);
  CHECK(said.error().what.find("sec") == std::string::npos);
}

TEST_CASE("PLAIN has no second message") {
  SaslPlain plain({"tim", "", Secret("secret")});
  const auto more = plain.respond("why?");
  REQUIRE_FALSE(more);
  CHECK(more.error().remedy == Remedy::kNeedsOperator);
}
