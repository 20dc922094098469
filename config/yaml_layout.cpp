#include "config/yaml_layout.h"

#include <algorithm>
#include <vector>

#include "daemon/base/bytes.h"

namespace imapkeep {
namespace {

struct Line {
  std::size_t number = 0;
  std::size_t indent = 0;  // blanks; those of "- " count, since what follows lines up with them
  std::string_view rest;
};

bool is_key_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.' || c == '@';
}

/// Of `key: value` or `key:value`; empty for any other line. A colon within a word ends no key:
/// `http://…` and `sha256:…` are values.
std::string_view key_of(std::string_view rest) {
  const auto end = std::find_if_not(rest.begin(), rest.end(), is_key_character);
  if (end == rest.begin() || end == rest.end() || *end != ':') return {};
  return rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
}

/// The value does not end on this line.
bool goes_on(std::string_view rest) {
  int depth = 0;
  char quote = '\0';
  for (std::size_t i = 0; i < rest.size(); ++i) {
    const char c = rest[i];
    if (quote != '\0') {
      if (c == '\\' && quote == '"') ++i;
      if (c == quote) quote = '\0';
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '[' || c == '{') {
      ++depth;
    } else if (c == ']' || c == '}') {
      --depth;
    } else if (c == '#' && i > 0 && rest[i - 1] == ' ') {
      break;
    }
  }
  return depth != 0 || quote != '\0' || rest.ends_with(": |") || rest.ends_with(": >");
}

bool opens_block(std::string_view rest) {
  if (rest == "-") return true;
  const std::size_t comment = rest.find(" #");
  rest = rest.substr(0, comment);
  const std::size_t last = rest.find_last_not_of(' ');
  return last != std::string_view::npos && rest[last] == ':';
}

std::optional<LayoutMistake> missing_blank(const Line& line) {
  const std::string_view key = key_of(line.rest);
  if (key.empty()) return std::nullopt;
  const std::string_view value = line.rest.substr(key.size() + 1);
  if (value.empty() || value.front() == ' ' || value.front() == '/') return std::nullopt;
  return LayoutMistake{line.number, line.indent + key.size() + 2,
                       "a blank is missing behind `" + printable_utf8(key) + ":`"};
}

std::string blanks(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " blank" : " blanks");
}

/// `open`: the indentations of the blocks that are open, the outermost first.
std::optional<LayoutMistake> uneven(const Line& line, std::vector<std::size_t>& open,
                                    const std::optional<Line>& before) {
  if (!before || (line.indent > before->indent && opens_block(before->rest))) {
    open.push_back(line.indent);
    return std::nullopt;
  }
  if (line.indent > before->indent) {
    return LayoutMistake{line.number, line.indent + 1,
                         "this line is indented by " + blanks(line.indent) +
                             ", the one before it by " + std::to_string(before->indent)};
  }
  while (!open.empty() && open.back() > line.indent) open.pop_back();
  if (!open.empty() && open.back() == line.indent) return std::nullopt;
  return LayoutMistake{
      line.number, line.indent + 1,
      "this line is indented by " + blanks(line.indent) +
          ", which is the indentation of no line above it that it could belong to"};
}

/// Takes `- ` and its like into the indentation.
Line measured(std::string_view text, std::size_t number) {
  std::size_t indent = text.find_first_not_of(' ');
  if (indent == std::string_view::npos) indent = text.size();
  while (text.substr(indent).starts_with("- ")) {
    const std::size_t next = text.find_first_not_of(' ', indent + 1);
    if (next == std::string_view::npos) break;
    indent = next;
  }
  return {number, indent, text.substr(indent)};
}

}  // namespace

std::optional<LayoutMistake> find_layout_mistake(std::string_view text, std::size_t noticed) {
  std::vector<std::size_t> open;
  std::optional<Line> before;
  for (std::size_t number = 1; !text.empty() && (noticed == 0 || number <= noticed); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view whole = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (whole.ends_with('\r')) whole.remove_suffix(1);
    const std::size_t tab = whole.substr(0, whole.find_first_not_of(" \t")).find('\t');
    if (tab != std::string_view::npos && whole.find_first_not_of(" \t") != std::string_view::npos) {
      return LayoutMistake{number, tab + 1,
                           "a tab stands in the indentation of this line; indent with blanks"};
    }
    const Line line = measured(whole, number);
    if (line.rest.empty() || line.rest.front() == '#') continue;
    if (auto found = missing_blank(line)) return found;
    if (auto found = uneven(line, open, before)) return found;
    // Within brackets, quotes and text blocks lines may stand as they like.
    if (goes_on(line.rest)) return std::nullopt;
    before = line;
  }
  return std::nullopt;
}

}  // namespace imapkeep
