#include "sync/plan/departure_plan.h"

#include <catch2/catch.hpp>

using namespace imapkeep;

namespace {

constexpr std::int64_t kNow = 1'700'000'000'000;
constexpr std::int64_t kMinute = 60'000;
const FolderId kInbox{1};
const UidValidity kFirst{1000};

UidSet set(const std::string& text) { return text.empty() ? UidSet{} : *UidSet::parse(text); }

ListEvidence evidence(const std::string& listed, const std::string& stored) {
  ListEvidence one;
  one.listed = set(listed);
  one.exists = one.listed.count();
  one.stored = set(stored);
  return one;
}

AbsentFolder absent(std::uint64_t stored, std::uint64_t absent, std::uint64_t nowhere) {
  AbsentFolder folder;
  folder.stored = stored;
  folder.absent = absent;
  folder.nowhere = nowhere;
  return folder;
}

WaitingDeparture waiting(const std::string& uids, std::int64_t minutes_ago, bool for_person) {
  return {kInbox, kFirst, set(uids), kNow - minutes_ago * kMinute, for_person};
}

/// "depart 1:3 | later 4 since 0 | person 5 since 3", in minutes ago.
std::string text(const SortedAbsence& sorted) {
  std::string line = "depart " + sorted.may_depart.str();
  for (const WaitingDeparture& one : sorted.waiting) {
    line += one.for_person ? " | person " : " | later ";
    line += one.uids.str() + " since " + std::to_string((kNow - one.since_ms) / kMinute);
  }
  return line;
}

std::string sorted(const std::string& gone, const std::string& nowhere, Departs departs, bool keep,
                   const std::vector<WaitingDeparture>& before,
                   WitnessMoment moment = {kNow, kNow}) {
  return text(sort_absence(kInbox, kFirst, set(gone), set(nowhere), departs, keep, before, moment));
}

}  // namespace

TEST_CASE("a list that contradicts what else is known is no witness") {
  CHECK_FALSE(doubt_of(evidence("1:2", "1:5")));
  CHECK_FALSE(doubt_of(evidence("", "1:5")));

  ListEvidence one = evidence("1:2", "1:5");
  one.status = 5;
  CHECK(doubt_of(one) == "STATUS says 5 messages and EXAMINE 2");
  one.status = 2;
  CHECK_FALSE(doubt_of(one));
  one.status = 1;  // one more has come since
  CHECK_FALSE(doubt_of(one));
  one.exists = 3;
  CHECK(doubt_of(one) == "the server lists 2 UIDs of 3 messages");

  // Five others, of which nothing can be had.
  CHECK(doubt_of(evidence("6:10", "1:5")));
  CHECK(doubt_of(evidence("1,6", "1:5")));
  one = evidence("6:10", "1:5");
  one.long_unstored = set("6:10");
  CHECK(doubt_of(one) == "of what the server lists nothing could be fetched");
  // One message that nobody can read does not hold the others for ever.
  one = evidence("1,6", "1:5");
  one.long_unstored = set("6");
  CHECK_FALSE(doubt_of(one));
  // What has come since the visit is not stored yet.
  one = evidence("1,11:12", "1:10");
  one.had_before = 11;
  CHECK_FALSE(doubt_of(one));
  one.had_before = 12;
  CHECK(doubt_of(one));
  one = evidence("11", "1:10");  // all has gone, and one has come
  one.had_before = 11;
  CHECK_FALSE(doubt_of(one));
}

TEST_CASE("how much is gone at once decides who has to say so") {
  struct Row {
    const char* what;
    std::vector<AbsentFolder> folders;
    std::uint64_t stored;
    std::vector<Departs> kept;
    std::vector<Departs> removed;
  };
  constexpr auto kNow_ = Departs::kNow;
  constexpr auto kLater = Departs::kLaterPass;
  constexpr auto kPerson = Departs::kPerson;
  AbsentFolder trash = absent(10, 10, 10);
  trash.throws_away = true;
  AbsentFolder deleted = absent(10, 10, 10);
  deleted.folder_is_gone = true;
  AbsentFolder anew = absent(10, 10, 1);
  anew.has_other_mail = true;
  anew.stays = 9;
  AbsentFolder emptied_anew = absent(90, 90, 90);
  emptied_anew.has_other_mail = true;
  emptied_anew.only_newer_stays = true;
  emptied_anew.stays = 1;
  AbsentFolder left_over = absent(100, 2, 2);
  left_over.has_other_mail = true;
  left_over.only_newer_stays = true;
  left_over.stays = 98;
  const auto newer_stays = [](std::uint64_t gone, std::uint64_t stays) {
    AbsentFolder folder = absent(gone + stays, gone, gone);
    folder.only_newer_stays = true;
    folder.stays = stays;
    return folder;
  };
  const std::vector<Row> rows{
      {"nothing", {}, 100, {}, {}},
      {"some of a folder", {absent(10, 9, 9)}, 100, {kNow_}, {kLater}},
      {"a folder emptied", {absent(10, 10, 10)}, 100, {kLater}, {kPerson}},
      {"a folder emptied into another", {absent(10, 10, 0)}, 100, {kNow_}, {kLater}},
      {"a folder emptied, all but one into another", {absent(10, 10, 1)}, 100, {kLater}, {kPerson}},
      {"Trash emptied", {trash}, 100, {kLater}, {kLater}},
      {"a folder deleted", {deleted}, 100, {kNow_}, {kPerson}},
      {"a folder numbered anew, one message gone", {anew}, 100, {kNow_}, {kLater}},
      {"a folder numbered anew with other mail", {emptied_anew}, 200, {kNow_}, {kPerson}},
      {"what was left of an older generation", {left_over}, 200, {kNow_}, {kLater}},
      {"all but what came since, and was stored", {newer_stays(90, 1)}, 200, {kNow_}, {kPerson}},
      {"as much has come since", {newer_stays(5, 5)}, 200, {kNow_}, {kPerson}},
      {"the oldest of a folder", {newer_stays(5, 6)}, 200, {kNow_}, {kLater}},
      {"some of a folder, not the oldest", {absent(91, 90, 90)}, 200, {kNow_}, {kLater}},
      {"all mail", {absent(10, 10, 10)}, 10, {kPerson}, {kPerson}},
      {"all mail was in Trash", {trash}, 10, {kPerson}, {kPerson}},
      {"all mail, moved", {absent(10, 10, 0)}, 10, {kNow_}, {kLater}},
      {"half, not more", {absent(250, 125, 125)}, 250, {kNow_}, {kLater}},
      {"more than half, many", {absent(250, 126, 126)}, 250, {kPerson}, {kPerson}},
      {"more than half, few", {absent(150, 100, 100)}, 150, {kNow_}, {kLater}},
      {"more than half over folders",
       {absent(100, 70, 70), absent(100, 60, 60), absent(9, 1, 0)},
       250,
       {kPerson, kPerson, kNow_},
       {kPerson, kPerson, kLater}},
      {"more than half, but moved", {absent(250, 126, 20)}, 250, {kNow_}, {kLater}},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    CHECK(weigh_departures(row.folders, row.stored, true) == row.kept);
    CHECK(weigh_departures(row.folders, row.stored, false) == row.removed);
  }
  CHECK_FALSE(elsewhere_matters({absent(10, 9, 0)}, 100, true));
  CHECK_FALSE(elsewhere_matters({absent(10, 9, 0)}, 100, false));
  CHECK(elsewhere_matters({absent(10, 10, 0)}, 100, true));
  CHECK(elsewhere_matters({absent(250, 126, 0)}, 250, true));
}

TEST_CASE("what is absent leaves now, waits for a later pass or for a person") {
  using D = Departs;
  const std::int64_t old = kNow - 60 * kMinute;
  CHECK(sorted("1:3", "1:3", D::kNow, true, {}) == "depart 1:3");
  CHECK(sorted("1:3", "1:3", D::kLaterPass, true, {}) == "depart  | later 1:3 since 0");
  CHECK(sorted("1:3", "1:2", D::kLaterPass, true, {}) == "depart 3 | later 1:2 since 0");
  CHECK(sorted("1:3", "1:2", D::kLaterPass, false, {}) == "depart  | later 1:3 since 0");
  CHECK(sorted("1:3", "1:2", D::kPerson, true, {}) == "depart 3 | person 1:2 since 0");
  CHECK(sorted("1:3", "1:2", D::kPerson, false, {}) ==
        "depart  | person 1:2 since 0 | later 3 since 0");

  // A later pass: two minutes, and another connection.
  const auto before = std::vector{waiting("1:3", 2, false)};
  CHECK(sorted("1:3", "1:3", D::kLaterPass, false, before) == "depart 1:3");
  CHECK(sorted("1:3", "1:3", D::kLaterPass, false, before, {kNow, old}) ==
        "depart  | later 1:3 since 2");
  CHECK(sorted("1:3", "1:3", D::kLaterPass, false, {waiting("1:3", 1, false)}) ==
        "depart  | later 1:3 since 1");
  CHECK(sorted("2:4", "2:4", D::kLaterPass, false, before) == "depart 2:3 | later 4 since 0");
  // Once it waits it waits, although the folder is not empty any more.
  CHECK(sorted("1:3", "1:3", D::kNow, true, {waiting("1:2", 1, false)}) ==
        "depart 3 | later 1:2 since 1");
  // Of another folder or generation.
  CHECK(text(sort_absence(FolderId{2}, kFirst, set("1"), set("1"), D::kLaterPass, false, before,
                          {kNow, kNow})) == "depart  | later 1 since 0");
  CHECK(text(sort_absence(kInbox, UidValidity{2}, set("1"), set("1"), D::kLaterPass, false, before,
                          {kNow, kNow})) == "depart  | later 1 since 0");
  // A clock that was set back.
  CHECK(sorted("1", "1", D::kLaterPass, false, {waiting("1", -9, false)}) ==
        "depart  | later 1 since 0");

  // A person: for ever, and only what a person was told of.
  const auto told = std::vector{waiting("1:3", 9, true)};
  CHECK(sorted("1:3", "1:3", D::kNow, true, told) == "depart  | person 1:3 since 9");
  CHECK(sorted("1:3", "1:3", D::kNow, true, told, {kNow, kNow, kNow}) == "depart 1:3");
  CHECK(sorted("1:3", "1:3", D::kNow, true, told, {kNow, old, kNow}) ==
        "depart  | person 1:3 since 9");
  CHECK(sorted("1:4", "1:4", D::kPerson, true, told, {kNow, kNow, kNow}) ==
        "depart 1:3 | person 4 since 0");
  // However often the pass is begun again, it lets go what waited when the person spoke.
  const std::int64_t asked = kNow - 5 * kMinute;
  const auto missed_since = std::vector{waiting("1:3", 9, true), waiting("4", 4, true)};
  CHECK(sorted("1:4", "1:4", D::kPerson, true, missed_since, {kNow, kNow, asked}) ==
        "depart 1:3 | person 4 since 4");
  CHECK(accepted_of(kInbox, kFirst, missed_since, {kNow, kNow, asked}) == set("1:3"));
  CHECK(accepted_of(kInbox, kFirst, {waiting("1", 5, true)}, {kNow, kNow, asked}).empty());
  // Nor was it about what waited for a later pass then, and has turned out to be too much since.
  CHECK(sorted("1:3", "1:3", D::kPerson, true, {waiting("1:3", 9, false)}, {kNow, kNow, asked}) ==
        "depart  | person 1:3 since 0");
  CHECK(sorted("1:3", "", D::kNow, true, told) == "depart 1:3");  // found elsewhere since
  CHECK(sorted("1:3", "1:3", D::kPerson, true, before) == "depart  | person 1:3 since 0");
  CHECK(accepted_of(kInbox, kFirst, told, {kNow, kNow, kNow}) == set("1:3"));
  CHECK(accepted_of(kInbox, kFirst, told, {kNow, kNow}).empty());
  CHECK(accepted_of(kInbox, kFirst, before, {kNow, kNow, kNow}).empty());
  CHECK(accepted_of(kInbox, UidValidity{2}, told, {kNow, kNow, kNow}).empty());
}
