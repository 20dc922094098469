// Which message cost the connection: found by halves, and no more often than three times.
#include "sync/pass/suspects.h"

#include <catch2/catch.hpp>
#include <string>

using namespace imapkeep;
using std::chrono::minutes;

namespace {

const MonoTime kNow = MonoTime{} + std::chrono::hours(9);
const FolderId kFolder{1};
const UidValidity kGeneration{7};
const Suspects::Place kBodies{kFolder, kGeneration, AskedOf::kMessage};
const Suspects::Place kFlags{kFolder, kGeneration, AskedOf::kFlags};

UidSet set(const std::string& text) { return *UidSet::parse(text); }
MessageKey key(std::uint32_t uid) { return {kFolder, kGeneration, Uid{uid}}; }

std::string groups(const Suspects& suspects, const Suspects::Place& place) {
  std::string text;
  for (const UidSet& group : suspects.groups(place)) text += group.str() + ' ';
  return text;
}

}  // namespace

TEST_CASE("suspects: what of an error may be a message's doing") {
  CHECK(Suspects::may_be_a_message(server_error("lost")));
  // Else a server that ends its sessions would have mail quarantined.
  CHECK_FALSE(Suspects::may_be_a_message(server_error("session over", Remedy::kReconnect)));
  CHECK_FALSE(Suspects::may_be_a_message(server_error("later", Remedy::kRetryLater)));
  CHECK_FALSE(Suspects::may_be_a_message(server_error("no", Remedy::kSkipMessage)));
}

TEST_CASE("suspects: a message is convicted when it alone has cost three connections") {
  Suspects suspects;
  suspects.connection_lost(set("5:7"), kBodies, "bye", kNow);
  CHECK(suspects.suspected(key(5)));
  CHECK(suspects.suspected(key(7)));
  for (int i = 0; i < 3; ++i) suspects.connection_lost(set("5:7"), kBodies, "bye", kNow);
  CHECK(suspects.convicted_in(kBodies, kNow).empty());  // it may have been any of them

  suspects.arrived(key(6));
  CHECK_FALSE(suspects.suspected(key(6)));
  for (int i = 0; i < 2; ++i) suspects.connection_lost(set("5"), kBodies, "end of file", kNow);
  CHECK(suspects.convicted_in(kBodies, kNow).empty());
  suspects.connection_lost(set("5"), kBodies, "end of file", kNow);
  CHECK(suspects.convicted_in(kBodies, kNow) == set("5"));
  CHECK(suspects.cause(key(5)) == "end of file");
  CHECK(suspects.convictions_in(kFolder, kNow) == 1);

  // Its flags can be asked for all the same; and after an hour it can.
  CHECK(suspects.convicted_in(kFlags, kNow).empty());
  CHECK(suspects.convicted_in(kBodies, kNow + Suspects::kAskedAgain - Duration(1)) == set("5"));
  CHECK(suspects.convicted_in(kBodies, kNow + Suspects::kAskedAgain).empty());
}

TEST_CASE("suspects: a message that an earlier run has quarantined needs one strike") {
  Suspects suspects;
  suspects.connection_lost(set("5"), kBodies, "bye", kNow);
  CHECK(suspects.convicted(key(5), 1, kNow));
  CHECK_FALSE(suspects.convicted(key(5), Suspects::kStrikes, kNow));
}

TEST_CASE("suspects: of thousands the bad one is found by halves") {
  Suspects suspects;
  UidSet asked = set("1:1000");
  const Uid bad{300};
  int lost = 0;
  while (asked.count() > 1) {
    suspects.window_lost(asked, kFlags, "bye", kNow);
    ++lost;
    // The larger halves come first; those without the bad one are answered.
    for (const UidSet& group : suspects.groups(kFlags)) {
      if (group.contains(bad)) {
        asked = group;
      } else {
        suspects.window_answered(group, kFlags);
      }
    }
    REQUIRE(lost < 12);
  }
  CHECK(asked == set("300"));
  CHECK(groups(suspects, kFlags) == "300 ");
  for (int i = 0; i < Suspects::kStrikes; ++i) suspects.window_lost(asked, kFlags, "bye", kNow);
  CHECK(suspects.convicted_in(kFlags, kNow) == set("300"));
  suspects.window_answered(asked, kFlags);
  CHECK(suspects.convicted_in(kFlags, kNow).empty());
  CHECK(groups(suspects, kFlags).empty());
}

TEST_CASE("suspects: the larger groups are asked for first") {
  Suspects suspects;
  suspects.window_lost(set("1:9"), kBodies, "bye", kNow);
  CHECK(groups(suspects, kBodies) == "1:5 6:9 ");
  suspects.window_lost(set("1:5"), kBodies, "bye", kNow);
  CHECK(groups(suspects, kBodies) == "6:9 1:3 4:5 ");
  CHECK(groups(suspects, kFlags).empty());
}

TEST_CASE("suspects: was the server well before the connection was lost?") {
  struct Row {
    const char* name;
    void (*before)(Suspects&);
    bool at_bodies;
    bool well;
  };
  const Row rows[] = {
      {"nothing answered", [](Suspects&) {}, true, false},
      {"a body came", [](Suspects& s) { s.arrived(key(9)); }, true, true},
      {"a body came, and facts do not", [](Suspects& s) { s.arrived(key(9)); }, false, true},
      {"facts came", [](Suspects& s) { s.window_answered(set("9"), kBodies); }, false, true},
      // That facts are told says nothing of bodies.
      {"facts came, and bodies do not", [](Suspects& s) { s.window_answered(set("9"), kBodies); },
       true, false},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    Suspects suspects;
    row.before(suspects);
    if (row.at_bodies) {
      suspects.connection_lost(set("1"), kBodies, "bye", kNow);
    } else {
      suspects.window_lost(set("1"), kBodies, "bye", kNow);
    }
    CHECK(suspects.losses() == 1);
    CHECK(suspects.was_well() == row.well);
    // A second loss without an answer in between.
    suspects.connection_lost(set("1"), kBodies, "bye", kNow);
    CHECK_FALSE(suspects.was_well());
  }
}

TEST_CASE("suspects: which folders may be asked for in advance") {
  Suspects suspects;
  CHECK(suspects.may_prefetch(kFolder));
  SECTION("not one whose prefetch cost the connection") {
    suspects.prefetch_lost(kFolder);
    suspects.prefetch_lost(kFolder);
    CHECK(suspects.losses() == 1);
    CHECK_FALSE(suspects.may_prefetch(kFolder));
    CHECK(suspects.may_prefetch(FolderId{2}));
  }
  SECTION("not one with a suspect") {
    suspects.connection_lost(set("5"), kBodies, "bye", kNow);
    CHECK_FALSE(suspects.may_prefetch(kFolder));
    suspects.arrived(key(5));
    CHECK(suspects.may_prefetch(kFolder));
  }
  SECTION("not one with a group of suspects") {
    suspects.window_lost(set("5:6"), kFlags, "bye", kNow);
    CHECK_FALSE(suspects.may_prefetch(kFolder));
    CHECK(suspects.may_prefetch(FolderId{0}));
    CHECK(suspects.may_prefetch(FolderId{2}));
  }
  SECTION("none where announced sizes do not fit: bodies are asked for twice") {
    for (int i = 0; i < 3; ++i) suspects.asked_twice();
    CHECK_FALSE(suspects.may_prefetch(kFolder));
  }
}

TEST_CASE("suspects: headers are asked for one by one, and then not any more") {
  Suspects suspects;
  suspects.headers_lost(kFolder, kGeneration, set("1:80"));
  CHECK(suspects.headers_one_by_one(kFolder, kGeneration) == set("1:80"));
  CHECK(suspects.headers_not_to_ask(kFolder, kGeneration).empty());
  suspects.headers_lost(kFolder, kGeneration, set("3"));
  CHECK(suspects.headers_not_to_ask(kFolder, kGeneration) == set("3"));
  // UIDs of another generation are other messages.
  CHECK(suspects.headers_one_by_one(kFolder, UidValidity{8}).empty());
}

TEST_CASE("suspects: a folder is not sampled a third time within the hour") {
  Suspects suspects;
  suspects.sample_lost(kFolder, set("1:2"), kNow);
  CHECK(suspects.may_sample(kFolder, kNow));
  CHECK(suspects.not_to_sample(kFolder) == set("1:2"));
  suspects.sample_lost(kFolder, set("8"), kNow);
  CHECK_FALSE(suspects.may_sample(kFolder, kNow + minutes(59)));
  CHECK(suspects.may_sample(kFolder, kNow + minutes(60)));
  CHECK(suspects.not_to_sample(kFolder) == set("1:2,8"));
}

TEST_CASE("suspects: quarantined messages are tried again until three have cost a connection") {
  Suspects suspects;
  for (int i = 0; i < Suspects::kMostRetrials; ++i) {
    CHECK(suspects.may_retry(kNow));
    suspects.retrial_lost(kNow);
  }
  CHECK_FALSE(suspects.may_retry(kNow + minutes(59)));
  CHECK(suspects.may_retry(kNow + minutes(60)));
}

TEST_CASE("suspects: a body that cost a second question is not asked for twice again") {
  Suspects suspects;
  suspects.second_ask_lost(set("4:5"), kBodies);
  CHECK_FALSE(suspects.may_ask_twice(key(4)));
  CHECK(suspects.may_ask_twice(key(6)));
  CHECK(suspects.losses() == 1);
}

TEST_CASE(
    "suspects: what was compared need not be compared again before the pass reaches its end") {
  Suspects suspects;
  suspects.add_rechecked(kFolder, kGeneration, set("1:5"));
  suspects.add_rechecked(kFolder, kGeneration, set("9"));
  CHECK(suspects.rechecked(kFolder, kGeneration) == set("1:5,9"));
  CHECK(suspects.rechecked(kFolder, UidValidity{8}).empty());
  suspects.forget_rechecked(kFolder);
  CHECK(suspects.rechecked(kFolder, kGeneration).empty());
}
