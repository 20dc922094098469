#include "config/nearest_word.h"

#include <algorithm>

#include "daemon/base/ascii_case.h"

namespace imapkeep {
namespace {

constexpr std::size_t kLongestWord = 64;

/// Letters to insert, drop, replace, or swap with their neighbour (optimal string alignment).
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

}  // namespace

std::optional<std::string> nearest_word(std::string_view word,
                                        const std::vector<std::string>& known) {
  if (word.empty() || word.size() > kLongestWord) return std::nullopt;
  const std::string wanted = ascii_lower(word);
  std::optional<std::string> nearest;
  std::size_t best = std::max<std::size_t>(1, wanted.size() / 3) + 1;
  for (const auto& candidate : known) {
    const std::string other = ascii_lower(candidate);
    const std::size_t far = distance(wanted, other);
    // Two letters can be anything at distance two; a word must share something with its hint.
    if (far < best && far < std::max(wanted.size(), other.size())) {
      best = far;
      nearest = candidate;
    }
  }
  return nearest;
}

}  // namespace imapkeep
