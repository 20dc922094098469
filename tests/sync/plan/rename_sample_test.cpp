#include "sync/plan/rename_sample.h"

#include <catch2/catch.hpp>
#include <vector>

using namespace imapkeep;

namespace {

KnownMessage stored(std::uint32_t uid, std::int64_t date, std::uint64_t rfc822,
                    std::uint64_t bytes = 0) {
  KnownMessage message;
  message.key = {FolderId{1}, UidValidity{7}, Uid{uid}};
  message.internal_date = date;
  message.rfc822_size = rfc822;
  message.identity.size = bytes == 0 ? rfc822 : bytes;
  return message;
}

std::string text(const SampleVerdict& verdict) {
  switch (verdict.kind) {
    case SampleVerdict::Kind::kSame:
      return "same";
    case SampleVerdict::Kind::kOther:
      return "other: " + verdict.why;
    case SampleVerdict::Kind::kCompareBytes:
      break;
  }
  return "compare " + verdict.to_compare.str();
}

}  // namespace

TEST_CASE("a folder that looks renamed is judged by a sample of its messages") {
  constexpr std::int64_t k2106 = 4294967295;
  constexpr std::uint64_t kBig = 30U << 20;
  struct Row {
    const char* name;
    std::vector<KnownMessage> stored;
    std::vector<SampleFacts> told;
    const char* verdict;
  };
  const std::vector<Row> rows = {
      {"all agree",
       {stored(1, 100, 10), stored(2, 200, 20)},
       {{Uid{1}, 100, 10}, {Uid{2}, 200, 20}},
       "same"},
      {"some are gone", {stored(1, 100, 10), stored(2, 200, 20)}, {{Uid{2}, 200, 20}}, "same"},
      {"nothing is there", {stored(1, 100, 10)}, {}, "other: none of its messages is there"},
      {"only others",
       {stored(1, 100, 10)},
       {{Uid{9}, 100, 10}},
       "other: none of its messages is there"},
      {"another size",
       {stored(1, 100, 10), stored(2, 200, 20)},
       {{Uid{1}, 100, 10}, {Uid{2}, 200, 21}},
       "other: its messages are others"},
      {"no size",
       {stored(1, 100, 10)},
       {{Uid{1}, 100, std::nullopt}},
       "other: its messages are others"},
      {"another size and another date",
       {stored(1, 100, 10)},
       {{Uid{1}, 101, 11}},
       "other: its messages are others"},
      {"before 1970", {stored(1, 0, 10)}, {{Uid{1}, -5, 10}}, "same"},
      {"before 1970, after a rename",
       {stored(1, 0, 10), stored(2, 200, 20)},
       {{Uid{1}, k2106, 10}, {Uid{2}, 200, 20}},
       "compare 1"},
      {"all dates differ",
       {stored(1, 1, 40), stored(2, 2, 30), stored(3, 3, 20), stored(4, 4, 10)},
       {{Uid{1}, 9, 40}, {Uid{2}, 9, 30}, {Uid{3}, 9, 20}, {Uid{4}, 9, 10}},
       "compare 2:4"},
      {"one large one is compared too, if there is no other",
       {stored(1, 1, kBig), stored(2, 2, kBig + 1)},
       {{Uid{1}, 9, kBig}, {Uid{2}, 9, kBig + 1}},
       "compare 1"},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    CHECK(text(judge_sample(row.stored, row.told)) == row.verdict);
  }
}
