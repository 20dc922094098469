// folders: {include, exclude, watch}, on_expunge, retain
#include <limits>
#include <optional>
#include <utility>

#include "config/account_keys.h"
#include "config/durations_and_sizes.h"
#include "config/settings.h"

namespace imapkeep {
namespace {

/// Empty when good. The meaning of a pattern is sync/plan's matter; here only what can mean
/// nothing.
std::string trouble_with_pattern(std::string_view pattern) {
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    if (pattern[at] == '\\') {
      if (++at == pattern.size()) return "ends with a `\\` that quotes nothing";
    } else if (pattern[at] == '[') {
      std::size_t first = at + 1;
      if (first < pattern.size() && (pattern[first] == '!' || pattern[first] == '^')) ++first;
      const std::size_t close = pattern.find(']', first + 1);  // a `]` at once is a member
      if (close == std::string_view::npos)
        return "has a `[` without its `]` (a bracket itself is `[[]`)";
      at = close;
    }
  }
  return {};
}

std::optional<std::vector<std::string>> read_patterns(const YamlEntry& entry,
                                                      Complaints& complaints) {
  const auto texts = read_texts(entry, complaints);
  if (!texts) return std::nullopt;
  std::vector<std::string> patterns;
  for (const auto& one : *texts) {
    const std::string trouble = trouble_with_pattern(one.text);
    if (trouble.empty())
      patterns.push_back(one.text);
    else
      complaints.add(one.place, "the pattern " + quoted(one.text) + " " + trouble);
  }
  if (patterns.size() != texts->size()) return std::nullopt;
  return patterns;
}

void read_folders(const YamlEntry& folders, AccountSettings& account, Complaints& complaints) {
  if (!expect_map(folders.value, "folders", complaints)) return;
  check_keys(folders.value, "folders.", {{"include", "exclude", "watch"}, {}}, complaints);
  if (const auto* include = folders.value.find("include")) {
    if (auto patterns = read_patterns(*include, complaints)) {
      if (patterns->empty())
        complaints.add(include->value.place, "`include` names no folder: nothing would be kept");
      account.mirror.include = std::move(*patterns);
    }
  }
  if (const auto* exclude = folders.value.find("exclude"))
    if (auto patterns = read_patterns(*exclude, complaints))
      account.mirror.exclude = std::move(*patterns);
  if (const auto* watch = folders.value.find("watch"))
    if (auto patterns = read_patterns(*watch, complaints)) account.watch = std::move(*patterns);
}

void read_retain(const YamlEntry& retain, AccountSettings& account, Complaints& complaints) {
  constexpr std::string_view kExpected = "`retain` must be `forever` or whole days, such as 90d";
  const auto text = read_text(retain, complaints);
  if (!text) return;
  if (*text == "forever") {
    account.mirror.retain_days = std::nullopt;
    return;
  }
  const auto duration = parse_duration(*text);
  if (!duration || !text->ends_with('d')) {
    complaints.add(retain.value.place, std::string(kExpected));
  } else if (duration->count() == 0) {
    complaints.add(retain.value.place,
                   "`retain` must be at least 1d; to keep nothing say `on_expunge: remove`");
  } else {
    account.mirror.retain_days = static_cast<int>(duration->count() / 86400);
  }
}

}  // namespace

void read_mirror(const AccountKeys& keys, AccountSettings& account) {
  if (const auto* folders = keys.find("folders")) read_folders(*folders, account, keys.complaints);
  if (const auto* on_expunge = keys.find("on_expunge"))
    if (const auto word = read_word(*on_expunge, {{"keep", "remove"}, {}}, keys.complaints))
      account.mirror.keep_expunged = *word == "keep";
  if (const auto* retain = keys.find("retain")) read_retain(*retain, account, keys.complaints);
}

}  // namespace imapkeep
