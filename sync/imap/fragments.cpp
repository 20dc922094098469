#include "sync/imap/fragments.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "sync/imap/lexer.h"

namespace imapkeep::imap {
namespace {

constexpr std::uint64_t kMaxLiteral = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t kMaxHead = 1024;  // longer than any head of a list that makes sense
constexpr std::size_t kHead = 64;       // tells what kind of line it is
constexpr std::size_t kTail = 40;       // longer than any announcement of a literal

std::string_view without_line_end(std::string_view text) {
  while (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  return text;
}

bool is_status_word(std::string_view word) {
  for (const auto* name : {"OK", "NO", "BAD", "BYE", "PREAUTH"}) {
    if (same_word(word, name)) return true;
  }
  return false;
}

/// Behind "* OK", "A1 NO" and "+" comes text for people: a brace there announces nothing, as long
/// as the [code] before it is closed.
bool is_human_text(std::string_view line) {
  if (line.starts_with('+')) return true;
  Lexer lexer(line);
  const bool untagged = lexer.word() == "*";
  lexer.spaces();
  if (untagged && lexer.peek() == '[') return lexer.bracketed().has_value();
  if (!is_status_word(lexer.word())) return false;
  lexer.spaces();
  return lexer.peek() != '[' || lexer.bracketed().has_value();
}

struct Announcement {
  std::string_view text;  // what stands before it
  std::uint64_t size = 0;
  bool impossible = false;  // negative, or beyond 63 bits
};

/// `{n}`, `{n+}` or `~{n}` at the end of a line (RFC 9051 §4.3, RFC 7888, RFC 3516).
std::optional<Announcement> find_announcement(std::string_view text) {
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  if (!text.ends_with('}')) return std::nullopt;
  const std::size_t open = text.rfind('{');
  if (open == std::string_view::npos) return std::nullopt;
  std::string_view number = text.substr(open + 1, text.size() - open - 2);
  Announcement found{text.substr(0, open), 0, number.starts_with('-')};
  if (found.text.ends_with('~')) found.text.remove_suffix(1);
  if (found.impossible) number.remove_prefix(1);
  if (number.ends_with('+') || number.ends_with('-')) number.remove_suffix(1);
  const char* const stop = number.data() + number.size();
  const auto [end, code] = std::from_chars(number.data(), stop, found.size);
  if (code == std::errc::invalid_argument || end != stop) return std::nullopt;
  if (code != std::errc() || found.size > kMaxLiteral) found.impossible = true;
  return found;
}

Error impossible_literal(const Announcement& literal, std::string_view text) {
  return server_error("The server announced a literal of an impossible size: " +
                      printable(text.substr(literal.text.size()), 40) + ".");
}

bool all_of_them(std::string_view text, std::string_view allowed) {
  return text.find_first_not_of(allowed) == std::string_view::npos;
}

/// Length of what stands before the list in a line that is one: `* SEARCH `, `* ESEARCH (TAG "a")
/// UID ALL `, `* VANISHED (EARLIER) `; 0 for every other line. Everything behind is list.
std::size_t list_head(std::string_view line, char& separator) {
  Lexer lexer(line);
  if (lexer.word() != "*") return 0;
  lexer.spaces();
  const std::string_view name = lexer.word();
  lexer.spaces();
  const std::size_t behind_name = line.size() - lexer.rest().size();
  if (same_word(name, "SEARCH")) {
    separator = ' ';
    return all_of_them(lexer.rest(), "0123456789 ") ? behind_name : 0;
  }
  separator = ',';
  const std::size_t head = line.rfind(' ') + 1;
  if (head < behind_name || !all_of_them(line.substr(head), "0123456789:,")) return 0;
  if (same_word(name, "VANISHED")) {
    const std::string_view between = line.substr(behind_name, head - behind_name);
    return between.empty() || same_word(between, "(EARLIER) ") ? head : 0;
  }
  constexpr std::string_view kAll = " ALL ";
  const bool all =
      head >= kAll.size() && same_word(line.substr(head - kAll.size(), kAll.size()), kAll);
  return same_word(name, "ESEARCH") && all ? head : 0;
}

/// Lines that hold keywords, of which there may be thousands, or nothing that we would miss.
bool may_be_long(std::string_view line) {
  Lexer lexer(line);
  const bool untagged = lexer.word() == "*";
  lexer.spaces();
  std::string_view name = lexer.word();
  if (is_status_word(name) || (untagged && name.starts_with('['))) return true;
  if (!untagged) return false;
  if (same_word(name, "FLAGS")) return true;
  lexer.spaces();
  name = lexer.word();
  return same_word(name, "FETCH") || same_word(name, "UIDFETCH");
}

Error too_long(std::uint64_t bytes) {
  return server_error("The server sent a line longer than " + std::to_string(bytes) + " bytes.");
}

}  // namespace

bool Fragments::at_line_start() const { return state_ == State::kLineStart; }

Result<Fragment> Fragments::next(ByteView& input) {
  if (pending_given_) pending_.clear();
  pending_given_ = false;
  if (state_ == State::kLiteral) return next_bytes(input);
  if (state_ == State::kLineStart) {
    while (!input.empty() && input.front() == '\0') input.remove_prefix(1);
    if (input.empty()) return Fragment{};
    state_ = State::kText;
    first_piece_ = true;
    cuttable_ = true;
    human_text_ = false;
    long_ = false;
    passing_ = false;
    passed_ = 0;
    listed_ = 0;
    earlier_pieces_ = 0;
  }
  return passing_ ? pass_over(input) : next_text(input);
}

Fragment Fragments::next_bytes(ByteView& input) {
  if (literal_left_ == 0) {
    state_ = State::kText;
    return {Fragment::Kind::kLiteralEnd, {}, 0};
  }
  if (input.empty()) return {};
  const auto taken = std::min<std::uint64_t>(literal_left_, input.size());
  const Fragment bytes{Fragment::Kind::kBytes, input.substr(0, static_cast<std::size_t>(taken)), 0};
  input.remove_prefix(bytes.text.size());
  literal_left_ -= taken;
  return bytes;
}

Result<Fragment> Fragments::next_text(ByteView& input) {
  while (true) {
    // One byte over the limit is looked at, since a line end may stand there.
    const bool may_cut = first_piece_ && cuttable_;
    const std::size_t whole = long_ ? limits_.long_line_bytes : limits_.line_bytes;
    const std::size_t limit =
        may_cut ? std::min(limits_.part_bytes, limits_.line_bytes) : whole + 1;
    const std::size_t room = limit - std::min(limit, earlier_pieces_ + pending_.size());
    const ByteView window = input.substr(0, room);
    const std::size_t line_feed = window.find('\n');
    if (line_feed != ByteView::npos) {
      std::string_view text = window.substr(0, line_feed);
      input.remove_prefix(line_feed + 1);
      if (!pending_.empty()) {
        pending_ += text;
        text = pending_;
        pending_given_ = true;
      }
      return end_of_text(text);
    }
    pending_ += window;
    input.remove_prefix(window.size());
    if (window.size() < room) return Fragment{};
    if (!may_cut) {
      if (const auto outgrown = outgrow(); !outgrown) return outgrown.error();
      if (passing_) return pass_over(input);
      continue;
    }
    if (cut_list()) {
      listed_ += part_.size();
      if (listed_ > limits_.listed_bytes) return too_long(limits_.listed_bytes);
      return Fragment{Fragment::Kind::kPart, part_, 0};
    }
    cuttable_ = false;
  }
}

Result<Done> Fragments::outgrow() {
  if (long_) {
    begin_passing();
    return Done{};
  }
  if (limits_.long_line_bytes <= limits_.line_bytes ||
      !may_be_long(first_piece_ ? std::string_view(pending_).substr(0, kHead) : head_)) {
    return too_long(limits_.line_bytes);
  }
  long_ = true;
  return Done{};
}

void Fragments::begin_passing() {
  passing_ = true;
  if (first_piece_) human_text_ = is_human_text(pending_);
  tail_.assign(pending_, pending_.size() - std::min(pending_.size(), kTail));
  passed_ = earlier_pieces_ + pending_.size();
  pending_.resize(first_piece_ ? std::min(pending_.size(), kMaxHead) : 0);
  pending_.shrink_to_fit();
}

Result<Fragment> Fragments::pass_over(ByteView& input) {
  const std::size_t line_feed = input.find('\n');
  const ByteView text = input.substr(0, line_feed);
  input.remove_prefix(text.size());
  passed_ += text.size();
  if (passed_ > limits_.passed_bytes) return too_long(limits_.passed_bytes);
  tail_ += text.substr(text.size() - std::min(text.size(), kTail));
  if (tail_.size() > kTail) tail_.erase(0, tail_.size() - kTail);
  if (line_feed == ByteView::npos) return Fragment{};
  input.remove_prefix(1);
  const auto literal = human_text_ ? std::nullopt : find_announcement(without_line_end(tail_));
  if (literal && literal->impossible) return impossible_literal(*literal, tail_);
  if (literal) {
    state_ = State::kLiteral;
    literal_left_ = literal->size;
    first_piece_ = false;
    tail_.clear();
    return Fragment{Fragment::Kind::kLiteral, {}, literal_left_, true};
  }
  state_ = State::kLineStart;
  pending_given_ = true;
  tail_.clear();
  return Fragment{Fragment::Kind::kLine, pending_, 0, true};
}

Result<Fragment> Fragments::end_of_text(std::string_view text) {
  earlier_pieces_ += text.size() + 1;
  text = without_line_end(text);
  const auto literal = find_announcement(text);
  if (literal && first_piece_) human_text_ = is_human_text(text);
  if (literal && !human_text_) {
    if (literal->impossible) return impossible_literal(*literal, text);
    if (first_piece_) head_.assign(text.substr(0, kHead));
    state_ = State::kLiteral;
    literal_left_ = literal->size;
    first_piece_ = false;
    return Fragment{Fragment::Kind::kLiteral, literal->text, literal->size};
  }
  state_ = State::kLineStart;
  return Fragment{Fragment::Kind::kLine, text, 0};
}

bool Fragments::cut_list() {
  char separator = ' ';
  const std::size_t head = list_head(pending_, separator);
  if (head == 0 || head > kMaxHead || head >= limits_.part_bytes / 2) return false;
  const std::size_t cut = pending_.rfind(separator);
  if (cut == std::string::npos || cut < head) return false;
  part_.assign(pending_, 0, cut);
  pending_.erase(head, cut + 1 - head);
  return true;
}

}  // namespace imapkeep::imap
