#include "sync/imap/types/uid_set.h"

#include <catch2/catch.hpp>
#include <random>
#include <set>

using namespace imapkeep;

namespace {

UidSet set_of(std::string_view text) {
  if (text.empty()) return {};
  auto set = UidSet::parse(text);
  REQUIRE(set);
  return *set;
}

using Model = std::set<std::uint32_t>;

UidSet from_model(const Model& model) {
  UidSet set;
  for (auto uid : model) set.add(Uid{uid});
  return set;
}

void check_shape(const UidSet& set) {
  const auto& ranges = set.ranges();
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    REQUIRE(ranges[i].first.value >= 1);
    REQUIRE(ranges[i].first <= ranges[i].last);
    if (i > 0) REQUIRE(std::uint64_t{ranges[i - 1].last.value} + 1 < ranges[i].first.value);
  }
}

}  // namespace

TEST_CASE("a sequence-set is read in any order and written in one") {
  struct Row {
    std::string text, written;
  };
  for (const auto& row : std::vector<Row>{{"1", "1"},
                                          {"1:3,7", "1:3,7"},
                                          {"9:7", "7:9"},
                                          {"7,1:3", "1:3,7"},
                                          {"1,2,3", "1:3"},
                                          {"5:9,1:20", "1:20"},
                                          {"3:4,1:2", "1:4"},
                                          {"2,2,2", "2"},
                                          {"007", "7"},
                                          {"1:4294967295", "1:4294967295"},
                                          {"4294967295,4294967294", "4294967294:4294967295"}}) {
    INFO(row.text);
    const auto set = UidSet::parse(row.text);
    REQUIRE(set);
    CHECK(set->str() == row.written);
    check_shape(*set);
  }
  for (const std::string bad : {"",
                                "0",
                                "*",
                                "1:*",
                                "1,",
                                ",1",
                                "1,,2",
                                "1:",
                                ":1",
                                "1:2:3",
                                "4294967296",
                                "-1",
                                "+1",
                                " 1",
                                "1 ",
                                "1, 2",
                                "0:5",
                                "1:0",
                                "99999999999999999999",
                                "a",
                                "1:a"}) {
    INFO(bad);
    CHECK_FALSE(UidSet::parse(bad));
  }
  CHECK(UidSet::parse("1,3,5", 3));
  CHECK_FALSE(UidSet::parse("1,3,5", 2));
  CHECK(UidSet().str().empty());
}

TEST_CASE("ranges at both ends of the numbers, empty ones, and zero") {
  CHECK(UidSet::of(Uid{5}, Uid{4}).empty());
  CHECK(UidSet::of(Uid{0}, Uid{0}).empty());
  CHECK(UidSet::of(Uid{0}, Uid{2}) == set_of("1:2"));
  UidSet all = UidSet::of(Uid{1}, kMaxUid);
  CHECK(all.count() == 4294967295U);
  all.remove(kMaxUid);
  CHECK(all.str() == "1:4294967294");
  all.add(kMaxUid);
  all.remove(Uid{1});
  CHECK(all.str() == "2:4294967295");
  all.remove(UidRange{Uid{1}, kMaxUid});
  CHECK(all.empty());
  CHECK_FALSE(all.highest());
  CHECK_FALSE(all.lowest());
  CHECK(set_of("1:3").minus(UidSet::of(Uid{1}, kMaxUid)).empty());
  UidSet self = set_of("1,5");
  self.add(self);
  CHECK(self == set_of("1,5"));
}

TEST_CASE("the highest members") {
  CHECK(set_of("1:3,7,9:10").highest(0).empty());
  CHECK(set_of("1:3,7,9:10").highest(1) == set_of("10"));
  CHECK(set_of("1:3,7,9:10").highest(4) == set_of("3,7,9:10"));
  CHECK(set_of("1:3,7,9:10").highest(99) == set_of("1:3,7,9:10"));
  CHECK(set_of("1:3,7").highest() == Uid{7});
  CHECK(set_of("4:9").lowest() == Uid{4});
}

TEST_CASE("a set is cut into commands of bounded length and nothing is lost") {
  UidSet set;
  for (std::uint32_t i = 1; i < 5000; i += 1 + i % 3) set.add(Uid{i});
  for (const std::size_t limit : {std::size_t{1}, std::size_t{20}, std::size_t{1000}}) {
    UidSet joined;
    for (const auto& part : set.split(limit)) {
      CHECK((part.str().size() <= limit || part.ranges().size() == 1));
      CHECK((joined.empty() || *joined.highest() < *part.lowest()));
      joined.add(part);
    }
    CHECK(joined == set);
  }
  CHECK(UidSet().split(1000).empty());
  CHECK(set_of("1:9").split(2).size() == 1);
  CHECK(set_of("1,3,5").split(3).size() == 2);
  CHECK(set_of("1,3,5").split(5).size() == 1);
}

TEST_CASE("every operation agrees with a plain set") {
  std::mt19937 random(20240817);
  for (int round = 0; round < 300; ++round) {
    const std::uint32_t span = round % 3 == 0 ? 30 : 120;
    const auto any = [&] { return static_cast<std::uint32_t>(random() % span + 1); };
    Model model, other;
    UidSet set;
    for (int step = 0; step < 60; ++step) {
      std::uint32_t first = any();
      std::uint32_t last = std::min(first + static_cast<std::uint32_t>(random() % 6), span);
      const bool adding = random() % 3 != 0;
      if (adding) {
        set.add(UidRange{Uid{first}, Uid{last}});
      } else {
        set.remove(UidRange{Uid{first}, Uid{last}});
      }
      for (auto uid = first; uid <= last; ++uid) {
        if (adding) {
          model.insert(uid);
        } else {
          model.erase(uid);
        }
      }
      check_shape(set);
      REQUIRE(set == from_model(model));
      if (random() % 2 == 0) other.insert(any());
    }
    const UidSet second = from_model(other);
    Model both, without, either = model;
    either.insert(other.begin(), other.end());
    for (auto uid : model) (other.count(uid) ? both : without).insert(uid);
    REQUIRE(set.intersect(second) == from_model(both));
    REQUIRE(set.minus(second) == from_model(without));
    UidSet sum = set;
    sum.add(second);
    check_shape(sum);
    REQUIRE(sum == from_model(either));
    REQUIRE(set.count() == model.size());
    for (std::uint32_t uid = 0; uid <= span + 1; ++uid) {
      REQUIRE(set.contains(Uid{uid}) == (model.count(uid) > 0));
    }
    if (!set.empty()) REQUIRE(set_of(set.str()) == set);
  }
}

TEST_CASE("a million UIDs, ascending or not, stay cheap") {
  UidSet dense, sparse;
  for (std::uint32_t i = 1; i <= 1'000'000; ++i) {
    dense.add(Uid{i});
    sparse.add(Uid{2 * i});
  }
  CHECK(dense.ranges().size() == 1);
  CHECK(sparse.ranges().size() == 1'000'000);
  CHECK(sparse.minus(dense).count() == 500'000);
  CHECK(sparse.intersect(dense).count() == 500'000);
  CHECK(set_of(sparse.str()) == sparse);
  std::string descending;
  for (std::uint32_t i = 300'000; i > 0; --i) descending += std::to_string(2 * i) + ",";
  descending.pop_back();
  CHECK(set_of(descending).count() == 300'000);
}

TEST_CASE("each member is visited once, ascending, the highest UID too") {
  std::vector<std::uint32_t> visited;
  const auto note = [&](Uid uid) { visited.push_back(uid.value); };
  UidSet().for_each(note);
  CHECK(visited.empty());
  UidSet uids = UidSet::of(Uid{4}, Uid{6});
  uids.add(Uid{1});
  uids.add(UidRange{Uid{0xfffffffe}, kMaxUid});
  uids.for_each(note);
  CHECK(visited == std::vector<std::uint32_t>{1, 4, 5, 6, 0xfffffffe, 0xffffffff});
}
