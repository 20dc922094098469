#include "sync/state/sqlite/remark_rows.h"

#include <array>
#include <utility>
#include <vector>

namespace imapkeep {
namespace {

enum class Remark { kOwed, kExcluded, kNotIncluded, kVainInclude, kVainExclude };

struct RemarkText {
  std::string text;
  std::int64_t since_ms = 0;
};
using Remarks = std::map<Remark, std::vector<RemarkText>>;

/// The lists of a LeftOut, each with the kind of its rows.
template <class Choice>
auto lists_of(Choice& left_out) {
  return std::array{std::pair(Remark::kExcluded, &left_out.excluded),
                    std::pair(Remark::kNotIncluded, &left_out.not_included),
                    std::pair(Remark::kVainInclude, &left_out.vain_includes),
                    std::pair(Remark::kVainExclude, &left_out.vain_excludes)};
}

Result<Remarks> all_remarks(Database& database, AccountId account) {
  Remarks found;
  Query row = database.query(
      "SELECT kind, text, since_ms FROM remark WHERE account = ? ORDER BY kind, place",
      account.value);
  while (row.next()) {
    found[static_cast<Remark>(row.i64(0))].push_back({row.string(1), row.i64(2)});
  }
  if (auto status = row.status(); !status) return status.error();
  return found;
}

std::vector<std::string> texts_of(const std::vector<RemarkText>& remarks) {
  std::vector<std::string> texts;
  for (const RemarkText& remark : remarks) texts.push_back(remark.text);
  return texts;
}

Result<Done> put_list(Database& database, AccountId account, Remark kind,
                      const std::vector<RemarkText>& there, const std::vector<std::string>& wanted,
                      std::int64_t now_ms) {
  if (texts_of(there) == wanted) return Done{};
  auto cleared = database.run("DELETE FROM remark WHERE account = ? AND kind = ?", account.value,
                              static_cast<int>(kind));
  if (!cleared) return cleared;
  std::map<std::string, std::int64_t> since;
  for (const RemarkText& remark : there) since[remark.text] = remark.since_ms;
  for (std::size_t place = 0; place < wanted.size(); ++place) {
    const auto known = since.find(wanted[place]);
    auto kept = database.run(
        "INSERT INTO remark (account, kind, place, text, since_ms) VALUES (?, ?, ?, ?, ?)",
        account.value, static_cast<int>(kind), static_cast<std::int64_t>(place), wanted[place],
        known == since.end() ? now_ms : known->second);
    if (!kept) return kept;
  }
  return Done{};
}

}  // namespace

Result<Done> put_remarks(Database& database, AccountId account, const PassSummary& summary) {
  auto there = all_remarks(database, account);
  if (!there) return there.error();
  const auto put = [&](Remark kind, const std::vector<std::string>& wanted) {
    return put_list(database, account, kind, (*there)[kind], wanted, summary.ended_ms);
  };
  // One that failed has not seen all that there is.
  if (summary.outcome != "failed") {
    if (auto done = put(Remark::kOwed, summary.owed); !done) return done;
  }
  if (!summary.left_out) return Done{};
  for (const auto& [kind, list] : lists_of(*summary.left_out)) {
    if (auto done = put(kind, *list); !done) return done;
  }
  return Done{};
}

Result<Done> read_remarks(Database& database, AccountId account, PassSummary& summary) {
  auto found = all_remarks(database, account);
  if (!found) return found.error();
  summary.owed = texts_of((*found)[Remark::kOwed]);
  summary.left_out.emplace();
  for (const auto& [kind, list] : lists_of(*summary.left_out)) *list = texts_of((*found)[kind]);
  return Done{};
}

Result<std::map<std::string, std::int64_t>> left_out_since(Database& database, AccountId account) {
  auto found = all_remarks(database, account);
  if (!found) return found.error();
  std::map<std::string, std::int64_t> since;
  for (const Remark kind : {Remark::kExcluded, Remark::kNotIncluded}) {
    for (const RemarkText& remark : (*found)[kind]) since[remark.text] = remark.since_ms;
  }
  return since;
}

}  // namespace imapkeep
