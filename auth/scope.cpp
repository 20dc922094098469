#include "auth/scope.h"

#include <algorithm>
#include <set>
#include <string>

#include "daemon/base/ascii_case.h"

namespace imapkeep {
namespace {

/// One spelling for all that are in use of one word.
std::string plain_word(std::string_view word) {
  std::string plain = ascii_lower(word);
  if (plain.ends_with('/')) plain.pop_back();
  // Microsoft's mail has two names, and is asked for by the one and granted by the other.
  constexpr std::string_view kOther = "https://outlook.office365.com/";
  if (plain.starts_with(kOther)) plain.replace(0, kOther.size(), "https://outlook.office.com/");
  return plain;
}

std::set<std::string> words_of(std::string_view scope) {
  constexpr std::string_view kBetween = " ,;\t\r\n";
  std::set<std::string> words;
  while (!scope.empty()) {
    const std::size_t end = std::min(scope.find_first_of(kBetween), scope.size());
    if (end > 0) words.insert(plain_word(scope.substr(0, end)));
    scope.remove_prefix(std::min(end + 1, scope.size()));
  }
  return words;
}

}  // namespace

bool covers_scope(std::string_view granted, std::string_view wanted) {
  const auto has = words_of(granted);
  if (has.empty()) return true;
  auto needs = words_of(wanted);
  needs.erase("offline_access");
  needs.erase("openid");
  return std::includes(has.begin(), has.end(), needs.begin(), needs.end());
}

}  // namespace imapkeep
