#include "sync/imap/session_span.h"

#include <catch2/catch.hpp>

using namespace imapkeep;
using imap::SessionSpan;
using std::chrono::minutes;
using std::chrono::seconds;

TEST_CASE("which sessions were due to end") {
  const MonoTime start = MonoTime{} + std::chrono::hours(1);
  struct Row {
    const char* name;
    std::optional<Duration> ready;       ///< behind `start`
    std::optional<Duration> token_ends;  ///< the same
    Duration now;
    bool has_lasted;
    bool ended_with_token;
  };
  const Row rows[] = {
      {"never begun", std::nullopt, minutes(1), minutes(60), false, false},
      // A server that says at once that a session is over must not make us spin.
      {"just begun", seconds(0), std::nullopt, seconds(59), false, false},
      {"a minute old", seconds(0), std::nullopt, seconds(60), true, false},
      {"with a password", seconds(0), std::nullopt, minutes(60), true, false},
      {"long before its token ends", seconds(0), minutes(60), minutes(30), true, false},
      {"three seconds before", seconds(0), minutes(60), minutes(60) - seconds(3), true, false},
      {"two seconds before", seconds(0), minutes(60), minutes(60) - seconds(2), true, true},
      {"five minutes behind", seconds(0), minutes(60), minutes(65), true, true},
      {"later", seconds(0), minutes(60), minutes(65) + seconds(1), true, false},
      {"a token that ended while it began", seconds(0), seconds(1), seconds(1), false, true},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    SessionSpan span;
    if (row.ready) span.ready = start + *row.ready;
    if (row.token_ends) span.token_ends = start + *row.token_ends;
    CHECK(span.has_lasted(start + row.now) == row.has_lasted);
    CHECK(span.ended_with_token(start + row.now) == row.ended_with_token);
  }
}
