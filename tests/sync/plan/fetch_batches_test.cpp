#include "sync/plan/fetch_batches.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>
#include <optional>
#include <random>
#include <set>

using namespace imapkeep;

TEST_CASE("messages are fetched newest first, in portions") {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  struct Row {
    const char* name;
    std::vector<WantedMessage> wanted;
    FetchLimits limits;
    std::vector<std::pair<std::string, std::uint64_t>> batches;
  };
  const auto by = [](std::uint64_t bytes, std::size_t messages, std::size_t set_bytes = 1000) {
    return FetchLimits{bytes, messages, set_bytes};
  };
  const Uid u1{1};
  const Uid u2{2};
  const Uid u3{3};
  const std::vector<Row> rows = {
      {"none", {}, by(10, 10), {}},
      {"one", {{Uid{7}, 3}}, by(10, 10), {{"7", 3}}},
      {"ascending in a batch", {{u1, 1}, {Uid{9}, 1}, {Uid{5}, 1}}, by(10, 10), {{"1,5,9", 3}}},
      {"by number", {{u1, 1}, {u2, 1}, {u3, 1}}, by(10, 2), {{"2:3", 2}, {"1", 1}}},
      {"by bytes", {{u1, 4}, {u2, 5}, {u3, 5}}, by(10, 9), {{"2:3", 10}, {"1", 4}}},
      {"a giant", {{u1, 1}, {u2, 99}, {u3, 1}}, by(10, 9), {{"3", 1}, {"2", 99}, {"1", 1}}},
      {"absurd sizes",
       {{u1, kMost}, {u2, kMost}, {u3, 1}},
       by(10, 9),
       {{"3", 1}, {"2", kMost}, {"1", kMost}}},
      {"sizes unknown", {{u1, 0}, {u2, 0}, {u3, 0}}, by(10, 2), {{"2:3", 0}, {"1", 0}}},
      {"said twice", {{u2, 3}, {u2, 3}}, by(10, 9), {{"2", 3}}},
      {"by the set's length",
       {{Uid{10}, 1}, {Uid{20}, 1}, {Uid{30}, 1}},
       by(10, 9, 5),
       {{"20,30", 2}, {"10", 1}}},
      {"a range has a length",
       {{Uid{8}, 1}, {Uid{9}, 1}, {Uid{10}, 1}, {u1, 1}},
       by(10, 9, 4),
       {{"8:10", 3}, {"1", 1}}},
      {"the greatest UID", {{kMaxUid, 1}, {u1, 1}}, by(10, 9), {{"1,4294967295", 2}}},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    std::vector<std::pair<std::string, std::uint64_t>> found;
    for (const auto& batch : fetch_batches(row.wanted, row.limits)) {
      found.emplace_back(batch.uids.str(), batch.bytes);
    }
    CHECK(found == row.batches);
  }
}

TEST_CASE("every message is in one batch, and no batch is over a limit") {
  const auto seed = GENERATE(range(1U, 30U));
  std::mt19937 random(seed);
  const auto below = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); };
  std::vector<WantedMessage> wanted;
  std::set<Uid> uids;
  const std::uint32_t spread = 1 + below(20);
  std::uint32_t uid = below(5) == 0 ? 4'294'900'000U : 0;
  for (int i = 0; i < 2000; ++i) {
    uid += 1 + below(spread);
    wanted.push_back({Uid{uid}, below(100'000)});
    uids.insert(Uid{uid});
  }
  std::shuffle(wanted.begin(), wanted.end(), random);
  FetchLimits limits;
  limits.bytes = 1 + below(5'000'000);
  limits.messages = 1 + below(300);
  limits.set_bytes = 30 + below(1000);

  std::uint64_t count = 0;
  UidSet fetched;
  std::optional<Uid> lowest;
  for (const auto& batch : fetch_batches(wanted, limits)) {
    REQUIRE_FALSE(batch.uids.empty());
    REQUIRE((batch.bytes <= limits.bytes || batch.uids.count() == 1));
    REQUIRE(batch.uids.count() <= limits.messages);
    REQUIRE(batch.uids.str().size() <= limits.set_bytes);
    if (lowest) REQUIRE(*batch.uids.highest() < *lowest);
    lowest = batch.uids.lowest();
    count += batch.uids.count();
    fetched.add(batch.uids);
  }
  CHECK(count == uids.size());
  CHECK(fetched.count() == uids.size());
  for (const Uid wanted_uid : uids) REQUIRE(fetched.contains(wanted_uid));
}
