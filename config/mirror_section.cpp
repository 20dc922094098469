// folders: {include, exclude, watch}, on_expunge, retain
#include <algorithm>
#include <optional>
#include <utility>

#include "config/account_keys.h"
#include "config/durations_and_sizes.h"
#include "config/settings.h"
#include "daemon/base/bytes.h"

namespace imapkeep {
namespace {

/// One member of `[…]`, with its `\` taken off; empty at the end.
std::string_view take_member(std::string_view& rest) {
  if (rest.starts_with('\\')) rest.remove_prefix(1);
  const std::size_t length = std::min(std::max<std::size_t>(1, utf8_length(rest)), rest.size());
  const std::string_view member = rest.substr(0, length);
  rest.remove_prefix(length);
  return member;
}

/// Takes the bracket, behind its `[`, off `rest`. Empty when good.
std::string trouble_with_bracket(std::string_view& rest) {
  if (rest.starts_with('!') || rest.starts_with('^')) rest.remove_prefix(1);
  for (bool first = true;; first = false) {
    if (rest.starts_with(']') && !first) {  // as the first one it is a member
      rest.remove_prefix(1);
      return {};
    }
    const auto low = take_member(rest);
    auto high = low;
    if (rest.size() >= 2 && rest[0] == '-' && rest[1] != ']') {
      rest.remove_prefix(1);
      high = take_member(rest);
    }
    if (low.empty() || high.empty()) return "has a `[` without its `]` (a bracket itself is `[[]`)";
    if (high < low) return "has a range in `[…]` that runs backwards";
  }
}

/// What sync/plan/mailbox_choice would refuse, said with its place. Empty when good.
std::string trouble_with_pattern(std::string_view rest) {
  while (!rest.empty()) {
    const char c = rest.front();
    rest.remove_prefix(1);
    if (c == '\\') {
      if (rest.empty()) return "ends with a `\\` that quotes nothing";
      rest.remove_prefix(1);
    } else if (c == '[') {
      auto trouble = trouble_with_bracket(rest);
      if (!trouble.empty()) return trouble;
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
      complaints.add(one.place, "the pattern " + trouble);
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
  // Half of what is allowed: other programs read the same mailbox.
  if (keys.provider != nullptr && keys.provider->most_connections != 0)
    account.mirror.most_watched =
        std::clamp<std::size_t>((keys.provider->most_connections + 1) / 2, 1, 8);
  if (const auto* folders = keys.find("folders")) read_folders(*folders, account, keys.complaints);
  if (const auto* on_expunge = keys.find("on_expunge"))
    if (const auto word = read_word(*on_expunge, {{"keep", "remove"}, {}}, keys.complaints))
      account.mirror.keep_expunged = *word == "keep";
  if (const auto* retain = keys.find("retain")) read_retain(*retain, account, keys.complaints);
}

}  // namespace imapkeep
