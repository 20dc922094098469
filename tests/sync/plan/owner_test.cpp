#include "sync/plan/owner.h"

#include <catch2/catch.hpp>
#include <utility>

using namespace imapkeep;

namespace {

using Met = FolderEvidence::Met;

const MailboxOwner kAnn{"imap.example.org", "ann", ""};
const MailboxOwner kBob{"imap.example.org", "bob", ""};

FolderEvidence inbox(std::uint32_t agree, std::uint32_t differ, std::uint32_t absent,
                     Met met = Met::kSameGeneration) {
  FolderEvidence evidence;
  evidence.is_inbox = true;
  evidence.met = met;
  evidence.agree = agree;
  evidence.differ = differ;
  evidence.absent = absent;
  return evidence;
}
FolderEvidence other(std::uint32_t agree, std::uint32_t differ, std::uint32_t absent,
                     Met met = Met::kSameGeneration) {
  FolderEvidence evidence = inbox(agree, differ, absent, met);
  evidence.is_inbox = false;
  return evidence;
}

FolderEvidence own(std::uint32_t agree, std::uint32_t differ, std::uint32_t absent,
                   Met met = Met::kSameGeneration) {
  FolderEvidence evidence = other(agree, differ, absent, met);
  evidence.is_own = true;
  return evidence;
}

}  // namespace

TEST_CASE("a mailbox's name may be written in several ways") {
  struct Row {
    MailboxOwner a;
    MailboxOwner b;
    bool same;
  };
  const std::vector<Row> rows{
      {kAnn, kAnn, true},
      {kAnn, kBob, false},
      {kAnn, {"IMAP.Example.ORG", "ann", ""}, true},
      {kAnn, {"imap.example.org.", "ann", ""}, true},
      {kAnn, {"mail.example.org", "ann", ""}, false},
      {kAnn, {"imap.example.org", "Ann", ""}, false},  // a server may tell them apart
      {kAnn, {"imap.example.org", "ann@example.org", ""}, false},
      {{"h", "ann@example.org", ""}, {"h", "ann@EXAMPLE.org", ""}, true},
      {{"h", "ann@example.org", ""}, {"h", "ann@example.org.", ""}, true},
      {{"h", "ann@example.org", ""}, {"h", "Ann@example.org", ""}, false},
      {{"h", "a@b@example.org", ""}, {"h", "A@b@example.org", ""}, false},
      {{"h", "admin", "ann"}, {"h", "admin", "bob"}, false},
      {{"h", "admin", "ann"}, {"h", "admin", ""}, false},
      {{"h", "ann", "ann"}, {"h", "ann", ""}, true},
      {{"h", "admin", "ann@example.org"}, {"h", "admin", "ann@Example.org"}, true},
      {{".", "ann", ""}, {".", "ann", ""}, true},
  };
  for (const Row& row : rows) {
    CAPTURE(words_of(row.a), words_of(row.b));
    CHECK(same_owner(row.a, row.b) == row.same);
    CHECK(same_owner(row.b, row.a) == row.same);
  }
}

TEST_CASE("the recorded mailbox needs no evidence, and any other does") {
  CHECK(decide_owner({kAnn, kAnn, ""}, nullptr) == OwnerDecision::kSame);
  CHECK(decide_owner({kAnn, kAnn, "account \"x\" of h"}, nullptr) == OwnerDecision::kSame);
  CHECK(decide_owner({kAnn, kBob, ""}, nullptr) == OwnerDecision::kCompare);
  CHECK(decide_owner({kAnn, std::nullopt, ""}, nullptr) == OwnerDecision::kCompare);
}

TEST_CASE("what comparing shows decides whose store it is") {
  struct Row {
    const char* what;
    OwnerEvidence evidence;
    bool nothing_written_down;  ///< and made for this account: accepted?
    bool under_another_name;
  };
  const std::vector<Row> rows{
      {"an empty store", {true, {}}, true, true},
      {"all agree", {false, {inbox(25, 0, 0), other(25, 0, 0)}}, true, true},
      {"one agrees and there is no more", {false, {inbox(1, 0, 0)}}, true, true},
      {"one is another message", {false, {inbox(49, 1, 0)}}, false, false},
      {"all are others", {false, {inbox(0, 50, 0)}}, false, false},
      {"none can be found", {false, {inbox(0, 0, 50)}}, false, false},
      {"some have gone since", {false, {inbox(20, 0, 5), other(20, 0, 5)}}, true, true},
      {"most have gone since", {false, {inbox(3, 0, 47)}}, true, false},
      {"a greeting that every mailbox got", {false, {inbox(1, 0, 24)}}, true, false},
      {"INBOX is numbered anew, and a shared folder agrees",
       {false, {inbox(0, 0, 10, Met::kOtherGeneration), other(40, 0, 0)}},
       false,
       false},
      {"INBOX is refused",
       {false, {inbox(0, 0, 10, Met::kNotThere), other(40, 0, 0)}},
       false,
       false},
      {"INBOX is empty now, and a shared folder agrees",
       {false, {inbox(0, 0, 10), other(40, 0, 0)}},
       true,
       false},
      {"a folder has gone",
       {false, {inbox(25, 0, 0), other(0, 0, 25, Met::kNotThere)}},
       true,
       false},
      {"a folder is numbered anew",
       {false, {inbox(25, 0, 0), other(0, 0, 25, Met::kOtherGeneration)}},
       true,
       false},
      {"Trash has been emptied", {false, {inbox(30, 0, 0), other(0, 0, 20)}}, true, true},
      {"INBOX holds nothing, the archive agrees", {false, {own(50, 0, 0)}}, true, true},
      {"INBOX holds nothing, a shared folder agrees", {false, {other(50, 0, 0)}}, true, false},
      {"INBOX holds nothing, nothing of the archive is there, a shared folder agrees",
       {false, {own(0, 0, 5), other(45, 0, 0)}},
       true,
       false},
      {"INBOX is empty now, the archive agrees",
       {false, {inbox(0, 0, 5), own(45, 0, 0)}},
       true,
       false},
      {"all folders are numbered anew",
       {false, {inbox(0, 0, 25, Met::kOtherGeneration), other(0, 0, 25, Met::kOtherGeneration)}},
       false,
       false},
  };
  const auto verdict = [](bool accepted) {
    return accepted ? OwnerDecision::kLearn : OwnerDecision::kRefuse;
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    CHECK(decide_owner({kAnn, std::nullopt, ""}, &row.evidence) ==
          verdict(row.nothing_written_down));
    CHECK(decide_owner({kAnn, kBob, ""}, &row.evidence) == verdict(row.under_another_name));
    CHECK(decide_owner({kAnn, std::nullopt, "account \"home\" of h"}, &row.evidence) ==
          verdict(row.under_another_name));
  }
}

TEST_CASE("what has the same names and is not the same would be mistaken") {
  CHECK_FALSE(would_be_mistaken(inbox(5, 0, 0)));
  CHECK_FALSE(would_be_mistaken(inbox(5, 0, 5)));
  CHECK(would_be_mistaken(inbox(5, 1, 0)));
  CHECK(would_be_mistaken(inbox(0, 5, 0)));
  CHECK(would_be_mistaken(inbox(0, 0, 5)));
  CHECK_FALSE(would_be_mistaken(inbox(0, 0, 5, Met::kOtherGeneration)));
  CHECK_FALSE(would_be_mistaken(inbox(0, 0, 5, Met::kNotThere)));
}

TEST_CASE("a refusal names both mailboxes, the counts and the way out") {
  const OwnerEvidence evidence{false, {inbox(2, 3, 5), other(0, 0, 40, Met::kOtherGeneration)}};
  const std::string said = refusal_of({{"new\x1b.org", "bob", "carl"}, kAnn, ""}, evidence, "work");
  for (const char* words :
       {"ann at imap.example.org", "bob as carl at ", "of 50 stored messages", " 2 are the same",
        " 3 are other messages", " 45 cannot be found", "1 folder is missing", "nothing has left",
        "`imapkeep account adopt work`"}) {
    CAPTURE(words);
    CHECK(said.find(words) != std::string::npos);
  }
  CHECK(said.find('\x1b') == std::string::npos);
}

TEST_CASE("a sample is spread over all members, and holds the first and the last") {
  UidSet uids = UidSet::of({1}, {1000});
  uids.add({Uid{5000}, Uid{5999}});
  const UidSet sample = spread_sample(uids, 50);
  CHECK(sample.count() == 50);
  CHECK(sample.contains({1}));
  CHECK(sample.contains({5999}));
  CHECK(sample.intersect(UidSet::of({1}, {1000})).count() == 25);
  CHECK(sample.minus(uids).empty());
  CHECK(spread_sample(UidSet::of({7}, {9}), 50) == UidSet::of({7}, {9}));
  CHECK(spread_sample(uids, 1).count() == 1);
  CHECK(spread_sample(uids, 0).empty());
  CHECK(spread_sample(UidSet::of({1}, kMaxUid), 3).count() == 3);
}

TEST_CASE("a header is the same wherever its line ends stand") {
  CHECK(same_header("A: b\r\nC: d\r\n\r\n", "A: b\r\nC: d\r\n\r\n"));
  CHECK(same_header("A: b\r\nC: d\r\n\r\n", "A: b\nC: d\n"));
  CHECK(same_header("A: b\r\n\r\n", "A: b"));
  CHECK(same_header("", "\r\n"));
  CHECK_FALSE(same_header("A: b\r\n\r\n", "A: B\r\n\r\n"));
  CHECK_FALSE(same_header("A: b\r\nC: d\r\n\r\n", "A: b\r\n\r\n"));
  CHECK_FALSE(same_header("A: b \r\n\r\n", "A: b\r\n\r\n"));
}
