#include "daemon/observe/progress_line.h"

#include <catch2/catch.hpp>

using namespace imapkeep;
using namespace std::chrono_literals;

TEST_CASE("numbers are written for people") {
  CHECK(with_commas(0) == "0");
  CHECK(with_commas(999) == "999");
  CHECK(with_commas(1000) == "1,000");
  CHECK(with_commas(1234567) == "1,234,567");
  CHECK(human_bytes(1023) == "1023 B");
  CHECK(human_bytes(1536) == "1.5 KiB");
  CHECK(human_bytes(1023 * 1024) == "1.0 MiB");
  CHECK(human_time(12s) == "0:12");
  CHECK(human_time(3723s) == "1:02:03");
}

TEST_CASE("the bar tells messages, bytes, rate and time left, and fits") {
  const ProgressCounts counts{20000, 5000, 100U << 20, 1, 40};
  CHECK(progress_line(counts, 10s, 100).ends_with("10.0 MiB/s  0:30 left"));
  CHECK(progress_line(counts, 10s, 60) == " 25%  5,000/20,000 messages  100.0 MiB  10.0 MiB/s");
  for (std::size_t width = 1; width < 120; ++width) {
    CHECK(progress_line(counts, 10s, width).size() <= width);
  }
  CHECK(progress_line({}, 0s, 80).find("0/0 messages") != std::string::npos);
  ProgressCounts several{126, 126, 0, 0, 0, 106, 300};
  CHECK(progress_line(several, 10s, 60).starts_with(" 35%  106/300 accounts  126/126 messages"));
  CHECK(progress_line(several, 10s, 100).ends_with("0:18 left"));
}
