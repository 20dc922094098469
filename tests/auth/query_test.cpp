#include "auth/query.h"

#include <catch2/catch.hpp>

using namespace imapkeep;

TEST_CASE("queries and what they say") {
  struct Case {
    const char* query;
    QueryParameters parameters;
  };
  for (const Case& item : {
           Case{"", {}},
           Case{"code=a%20b&state=c+d", {{"code", "a b"}, {"state", "c d"}}},
           Case{"a=1&&b=2&", {{"a", "1"}, {"b", "2"}}},
           Case{"a", {{"a", ""}}},
           Case{"a=", {{"a", ""}}},
           Case{"a=b=c", {{"a", "b=c"}}},
           Case{"%63ode=%2fx%2B", {{"code", "/x+"}}},
           Case{"iss=https://as.example/", {{"iss", "https://as.example/"}}},
       }) {
    INFO(item.query);
    const auto parsed = parse_query(item.query);
    REQUIRE(parsed);
    CHECK(*parsed == item.parameters);
  }
}

TEST_CASE("a name twice, however it is written, and broken escapes are refused") {
  for (const char* query : {"a=1&a=2", "code=1&%63ode=2", "a&a", "a=%", "a=%4", "a=%4x", "%zz=1"}) {
    INFO(query);
    CHECK_FALSE(parse_query(query));
  }
}
