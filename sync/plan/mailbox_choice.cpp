#include "sync/plan/mailbox_choice.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "daemon/base/ascii_case.h"
#include "daemon/base/bytes.h"

namespace imapkeep {
namespace {

// Names need not be UTF-8: a byte that begins no character counts as a character of its own, and
// equals only itself.
std::string_view take_character(std::string_view& text) {
  const std::size_t length = std::max<std::size_t>(1, utf8_length(text));
  const std::string_view character = text.substr(0, length);
  text.remove_prefix(length);
  return character;
}

/// `[…]` behind its opening bracket. UTF-8 sorts like its code points, so ranges compare bytes.
struct Bracket {
  bool inverted = false;
  std::vector<std::pair<std::string_view, std::string_view>> ranges;

  [[nodiscard]] bool holds(std::string_view character) const {
    for (const auto& [first, last] : ranges) {
      if (first <= character && character <= last) return !inverted;
    }
    return inverted;
  }
};

struct BadPattern {
  const char* why;
};

// Takes the bracket and its end off `rest`.
std::variant<Bracket, BadPattern> take_bracket(std::string_view& rest) {
  const BadPattern unclosed{"\"[\" has no \"]\""};
  Bracket bracket;
  if (rest.starts_with('!') || rest.starts_with('^')) {
    bracket.inverted = true;
    rest.remove_prefix(1);
  }
  for (bool first = true;; first = false) {
    const auto take_member = [&]() -> std::optional<std::string_view> {
      if (rest.starts_with('\\')) rest.remove_prefix(1);
      if (rest.empty()) return std::nullopt;
      return take_character(rest);
    };
    if (rest.empty()) return unclosed;
    if (rest.front() == ']' && !first) {  // as the first one it is a member
      rest.remove_prefix(1);
      return bracket;
    }
    const auto low = take_member();
    if (!low) return unclosed;
    auto high = low;
    if (rest.size() >= 2 && rest[0] == '-' && rest[1] != ']') {
      rest.remove_prefix(1);
      high = take_member();
      if (!high) return unclosed;
      if (*high < *low) return BadPattern{"a range in \"[…]\" runs backwards"};
    }
    bracket.ranges.emplace_back(*low, *high);
  }
}

// Matches what stands before the next `*`. Both texts are advanced; false leaves them anywhere.
bool match_one(std::string_view& pattern, std::string_view& name) {
  if (name.empty()) return false;
  const std::string_view wanted = take_character(pattern);
  const std::string_view found = take_character(name);
  if (wanted == "?") return true;
  if (wanted == "[") {
    const auto bracket = take_bracket(pattern);
    const auto* good = std::get_if<Bracket>(&bracket);
    return good != nullptr && good->holds(found);
  }
  if (wanted != "\\") return wanted == found;
  return !pattern.empty() && take_character(pattern) == found;
}

// Going back to the last `*` is enough: an earlier one could only leave it less to match. So the
// time is at most the product of the lengths, whatever a server calls its folders.
bool match(std::string_view pattern, std::string_view name) {
  std::optional<std::string_view> star_pattern;  // behind the last star
  std::string_view star_name;                    // what it has not swallowed yet
  while (!pattern.empty() || !name.empty()) {
    if (pattern.starts_with('*')) {
      pattern.remove_prefix(1);
      star_pattern = pattern;
      star_name = name;
      continue;
    }
    if (!pattern.empty() && match_one(pattern, name)) continue;
    if (!star_pattern || star_name.empty()) return false;
    take_character(star_name);
    pattern = *star_pattern;
    name = star_name;
  }
  return true;
}

/// "[Gmail]/Spam" is what Gmail's folder is called: who writes that means it.
std::string with_brackets_as_text(std::string_view pattern) {
  std::string text;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '[') text += '\\';
    text += pattern[i];
    if (pattern[i] == '\\' && i + 1 < pattern.size()) text += pattern[++i];
  }
  return text;
}

}  // namespace

Result<Done> check_pattern(std::string_view pattern) {
  const auto bad = [&](const std::string& why) {
    return config_error("the folder pattern \"" + printable_utf8(pattern) +
                        "\" cannot match: " + why);
  };
  if (pattern.empty()) return bad("it is empty");
  if (!is_utf8(pattern)) return bad("it is not UTF-8");
  std::string_view rest = pattern;
  while (!rest.empty()) {
    const std::string_view character = take_character(rest);
    if (character == "\\") {
      if (rest.empty()) return bad("\"\\\" stands at its end");
      take_character(rest);
    } else if (character == "[") {
      const auto bracket = take_bracket(rest);
      if (const auto* wrong = std::get_if<BadPattern>(&bracket)) return bad(wrong->why);
    }
  }
  return Done{};
}

bool matches_pattern(std::string_view pattern, std::string_view name, bool ignore_case) {
  if (!check_pattern(pattern)) return false;
  if (ignore_case) return matches_pattern(ascii_lower(pattern), ascii_lower(name), false);
  return match(pattern, name) || (pattern.find('[') != std::string_view::npos &&
                                  match(with_brackets_as_text(pattern), name));
}

Result<MailboxChoice> MailboxChoice::of(std::vector<std::string> include,
                                        std::vector<std::string> exclude) {
  if (include.empty()) {
    return config_error(
        "folders.include is empty, so nothing would be mirrored: leave it out, or "
        "write [\"*\"]");
  }
  for (const auto* patterns : {&include, &exclude}) {
    for (const auto& pattern : *patterns) {
      if (auto good = check_pattern(pattern); !good) return good.error();
    }
  }
  return MailboxChoice(std::move(include), std::move(exclude));
}

bool MailboxChoice::wants(const MailboxName& name, char delimiter) const {
  const std::string shown = name.display(delimiter);
  const auto matched = [&](const std::string& pattern) {
    return matches_pattern(pattern, shown, name.is_inbox());
  };
  return std::any_of(include_.begin(), include_.end(), matched) &&
         std::none_of(exclude_.begin(), exclude_.end(), matched);
}

VisitRank visit_rank(const MailboxName& name, char delimiter) {
  return {!name.is_inbox(), name.display(delimiter), name};
}

}  // namespace imapkeep
