#include "sync/imap/types/date_time.h"

#include <catch2/catch.hpp>

using namespace imapkeep;

TEST_CASE("INTERNALDATE as servers write it") {
  struct Row {
    std::string text;
    std::optional<std::int64_t> seconds;
  };
  for (const auto& row : std::vector<Row>{{"17-Jul-1996 02:44:25 -0700", 837596665},
                                          {" 1-Jan-1970 00:00:00 +0000", 0},
                                          {"1-Jan-1970 00:00:00 +0000", 0},
                                          {"01-Jan-1970 01:00:00 +0100", 0},
                                          {"31-DEC-1969 23:59:59 +0000", -1},
                                          {"29-Feb-2024 12:00:00 +0000", 1709208000},
                                          {"19-Jan-2038 03:14:08 +0000", 2147483648},
                                          {"31-Dec-2016 23:59:60 +0000", 1483228800},
                                          {" 7-feb-1994  21:52:25 +0530 ", 760638145},
                                          {"17-Jul-1996 02:44:25", 837571465},
                                          {"17-Jul-1996 02:44:25 GMT", 837571465},
                                          {"17-Jul-1996 02:44:25 -07", {}},
                                          {"17-Jul-1996 02:44:25 0700", {}},
                                          {"17-Jul-1996 02:44:25 -0760", {}},
                                          {"17-Jul-1996 02:44:25 PDT", {}},
                                          {"00-Jan-0000 00:00:00 +0000", {}},
                                          {"00-Jul-1996 02:44:25 -0700", {}},
                                          {"31-Jun-1996 02:44:25 -0700", {}},
                                          {"29-Feb-2023 12:00:00 +0000", {}},
                                          {"17-Jul-96 02:44:25 -0700", {}},
                                          {"17-Juli-1996 02:44:25 -0700", {}},
                                          {"17-Xyz-1996 02:44:25 -0700", {}},
                                          {"17-Jul-1996 24:00:00 -0700", {}},
                                          {"17-Jul-1996 02:60:00 -0700", {}},
                                          {"17-Jul-1996 02:44 -0700", {}},
                                          {"17-Jul-1996", {}},
                                          {"NIL", {}},
                                          {"", {}},
                                          {"1", {}},
                                          {"-", {}}}) {
    INFO(row.text);
    CHECK(parse_date_time(row.text) == row.seconds);
  }
}

TEST_CASE("a date is written as servers read it") {
  CHECK(format_date_time(837596665) == "17-Jul-1996 09:44:25 +0000");
  CHECK(format_date_time(0) == "01-Jan-1970 00:00:00 +0000");
  CHECK(format_date_time(-1) == "31-Dec-1969 23:59:59 +0000");
  CHECK(format_date_time(253'402'300'799) == "31-Dec-9999 23:59:59 +0000");
  CHECK(format_date_time(253'402'300'800).empty());
  CHECK(format_date_time(-62'167'219'200) == "01-Jan-0000 00:00:00 +0000");
  CHECK(format_date_time(-62'167'219'201).empty());
  for (std::int64_t at = -5'000'000'000; at < 5'000'000'000; at += 86'399'977) {
    CHECK(parse_date_time(format_date_time(at)) == at);
  }
}
