#include "sync/state/sqlite/keyword_set.h"

namespace imapkeep {

std::string pack_keywords(const std::vector<std::string>& keywords) {
  std::string packed;
  for (const auto& keyword : keywords) packed += std::to_string(keyword.size()) + ':' + keyword;
  return packed;
}

std::vector<std::string> unpack_keywords(ByteView packed) {
  std::vector<std::string> keywords;
  while (!packed.empty()) {
    const auto colon = packed.find(':');
    if (colon == ByteView::npos) break;
    const auto length = parse_u64(packed.substr(0, colon));
    packed.remove_prefix(colon + 1);
    if (!length || *length > packed.size()) break;
    keywords.emplace_back(packed.substr(0, *length));
    packed.remove_prefix(*length);
  }
  return keywords;
}

Result<std::int64_t> keyword_set_id(Database& database, const std::vector<std::string>& keywords) {
  if (keywords.empty()) return std::int64_t{0};
  const std::string packed = pack_keywords(keywords);
  {
    Query row = database.query("SELECT id FROM keyword_set WHERE words = ?", Blob{packed});
    if (row.next()) return row.i64(0);
    if (auto status = row.status(); !status) return status.error();
  }
  auto kept = database.run("INSERT INTO keyword_set (words) VALUES (?)", Blob{packed});
  if (!kept) return kept.error();
  return database.last_id();
}

}  // namespace imapkeep
