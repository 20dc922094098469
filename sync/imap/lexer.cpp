#include "sync/imap/lexer.h"

#include <algorithm>
#include <charconv>

#include "daemon/base/bytes.h"

namespace imapkeep::imap {
namespace {

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }
bool is_space(char c) { return c == ' ' || c == '\t'; }
// LF stands only in marks: no word may run on into a literal, whose bytes are anybody's.
bool ends_word(char c) { return is_space(c) || c == '\n'; }
bool ends_atom(char c) { return ends_word(c) || c == '(' || c == ')'; }

}  // namespace

bool same_word(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return upper(x) == upper(y); });
}

std::string upper_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = upper(c);
  return out;
}

std::string literal_mark(std::uint64_t size) { return "{" + std::to_string(size) + "}\n"; }
std::string streamed_mark(std::uint64_t size) { return "{" + std::to_string(size) + "!}\n"; }

std::string Text::str() const {
  if (kind != Kind::kQuoted || bytes.find('\\') == std::string_view::npos) {
    return std::string(bytes);
  }
  std::string out;
  out.reserve(bytes.size());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] == '\\' && i + 1 < bytes.size()) ++i;
    out += bytes[i];
  }
  return out;
}

bool Lexer::accept(char c) {
  if (at_end() || line_[at_] != c) return false;
  ++at_;
  return true;
}

void Lexer::spaces() {
  while (!at_end() && is_space(line_[at_])) ++at_;
}

std::string_view Lexer::word() {
  const std::size_t begin = at_;
  while (!at_end() && !ends_word(line_[at_])) ++at_;
  return line_.substr(begin, at_ - begin);
}

std::optional<std::string_view> Lexer::atom() {
  const std::size_t begin = at_;
  while (!at_end() && !ends_atom(line_[at_])) ++at_;
  if (at_ == begin) return std::nullopt;
  return line_.substr(begin, at_ - begin);
}

std::optional<Text> Lexer::text() {
  if (peek() == '"') return quoted();
  if (peek() == '{' || (peek() == '~' && line_.substr(at_, 2) == "~{")) {
    if (auto found = literal()) return found;
    if (lost_) return std::nullopt;
  }
  const auto found = atom();
  if (!found) return std::nullopt;
  return Text{Text::Kind::kAtom, *found, 0};
}

std::optional<Text> Lexer::quoted() {
  const std::size_t begin = ++at_;
  while (at_ < line_.size() && line_[at_] != '"') at_ += line_[at_] == '\\' ? 2 : 1;
  if (at_ >= line_.size()) {
    at_ = line_.size();
    return std::nullopt;
  }
  const auto inside = line_.substr(begin, at_ - begin);
  ++at_;
  if (inside.find('\n') != std::string_view::npos) return std::nullopt;
  return Text{Text::Kind::kQuoted, inside, 0};
}

/// Leaves the position where it was when there is no literal's mark.
std::optional<Text> Lexer::literal() {
  std::string_view mark = line_.substr(at_);
  if (mark.front() == '~') mark.remove_prefix(1);
  mark.remove_prefix(1);
  Text found{Text::Kind::kLiteral, {}, 0};
  const auto [end, code] = std::from_chars(mark.data(), mark.data() + mark.size(), found.size);
  if (code == std::errc::invalid_argument) return std::nullopt;
  mark.remove_prefix(static_cast<std::size_t>(end - mark.data()));
  if (code == std::errc() && mark.starts_with("!}\n")) {
    found.kind = Text::Kind::kStreamed;
    mark.remove_prefix(3);
    at_ = line_.size() - mark.size();
    return found;
  }
  if (code == std::errc() && mark.starts_with("}\n") && mark.size() - 2 >= found.size) {
    found.bytes = mark.substr(2, static_cast<std::size_t>(found.size));
    at_ = static_cast<std::size_t>(found.bytes.data() + found.bytes.size() - line_.data());
    return found;
  }
  lost_ = mark.starts_with("}") || mark.starts_with("+}") || mark.starts_with("-}");
  return std::nullopt;
}

bool Lexer::number(std::optional<std::uint64_t>& value) {
  const auto found = text();
  if (!found || found->kind == Text::Kind::kStreamed) return false;
  value = parse_u64(found->bytes);
  return true;
}

std::optional<std::string_view> Lexer::fetch_item() {
  const std::size_t begin = at_;
  while (!at_end() && !ends_atom(line_[at_]) && line_[at_] != '{') {
    if (line_[at_++] == '[' && !skip_section()) return std::nullopt;
  }
  if (at_ == begin) return std::nullopt;
  return line_.substr(begin, at_ - begin);
}

/// Up to and with the "]" of an open section.
bool Lexer::skip_section() {
  while (!at_end()) {
    const char c = peek();
    if (c == '"') {
      if (!quoted()) return false;
    } else if (c == '{') {
      if (!literal()) return false;
    } else {
      ++at_;
      if (c == ']') return true;
    }
  }
  return false;
}

bool Lexer::skip_value() {
  std::size_t depth = 0;
  do {
    if (depth > 0) spaces();
    if (accept('(')) {
      if (++depth > nesting_) return false;
    } else if (accept(')')) {
      if (depth == 0) return false;
      --depth;
    } else if (!text()) {
      return false;
    }
  } while (depth > 0);
  return true;
}

std::optional<std::string_view> Lexer::bracketed() {
  if (peek() != '[') return std::nullopt;
  const std::string_view inside = line_.substr(at_ + 1);
  std::size_t depth = 1;
  bool in_quotes = false;
  std::size_t end = std::string_view::npos;
  for (std::size_t i = 0; i < inside.size() && end == std::string_view::npos; ++i) {
    const char c = inside[i];
    if (in_quotes) {
      if (c == '\\') ++i;
      in_quotes = c != '"';
    } else if (c == '"') {
      in_quotes = true;
    } else if (c == '[') {
      ++depth;
    } else if (c == ']' && --depth == 0) {
      end = i;
    }
  }
  if (end == std::string_view::npos) end = inside.find(']');
  if (end == std::string_view::npos) return std::nullopt;
  at_ += end + 2;
  return inside.substr(0, end);
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  Lexer lexer(text);
  while (true) {
    lexer.spaces();
    const auto word = lexer.word();
    if (word.empty()) return words;
    words.emplace_back(word);
  }
}

}  // namespace imapkeep::imap
