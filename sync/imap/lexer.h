// The words of one response line (RFC 9051 §9), read liberally within strict limits: an atom is
// whatever is no space, parenthesis or quote at its start, since servers put nearly everything into
// atoms. The line is as response_reader puts it together: a literal stands as `{5}` LF and its five
// bytes, a body that was streamed away as `{5!}` LF; text itself can never hold LF. Nothing is
// copied: what is read are views into the line. A try that fails gives nothing and leaves the
// position undefined, since the caller then gives up the line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace imapkeep::imap {

bool same_word(std::string_view a, std::string_view b);
std::string upper_case(std::string_view text);

/// atom, string or literal.
struct Text {
  enum class Kind { kAtom, kQuoted, kLiteral, kStreamed } kind = Kind::kAtom;
  std::string_view bytes;  ///< quoted: with its backslashes
  std::uint64_t size = 0;  ///< kStreamed: how many bytes went by

  [[nodiscard]] bool is_nil() const { return kind == Kind::kAtom && same_word(bytes, "NIL"); }
  [[nodiscard]] std::string str() const;  ///< unescaped
};

/// What a literal becomes in a line.
std::string literal_mark(std::uint64_t size);
std::string streamed_mark(std::uint64_t size);

class Lexer {
 public:
  explicit Lexer(std::string_view line, std::size_t nesting = 32)
      : line_(line), nesting_(nesting) {}

  [[nodiscard]] bool at_end() const { return at_ == line_.size(); }
  /// The next byte, or 0 at the end.
  [[nodiscard]] char peek() const { return at_end() ? '\0' : line_[at_]; }
  [[nodiscard]] std::string_view rest() const { return line_.substr(at_); }
  bool accept(char c);
  /// Any number of spaces and tabs, also none.
  void spaces();
  /// Everything up to the next space or the end; may be empty.
  std::string_view word();
  std::optional<std::string_view> atom();
  std::optional<Text> text();
  /// The next text as a number; `value` is empty when it is negative, too large or no number.
  bool number(std::optional<std::uint64_t>& value);
  /// A FETCH item's name with its section and origin: BODY[HEADER.FIELDS (DATE)]<0>.
  std::optional<std::string_view> fetch_item();
  /// One text, or one parenthesised list whatever is in it.
  bool skip_value();
  /// The inside of [brackets], nested ones and quotes respected where that comes out even.
  std::optional<std::string_view> bracketed();

  /// A `{5}` that was not at a line's end: the server's idea of where literals are is not ours.
  [[nodiscard]] bool lost() const { return lost_; }

 private:
  std::optional<Text> quoted();
  std::optional<Text> literal();
  bool skip_section();

  std::string_view line_;
  std::size_t nesting_;
  std::size_t at_ = 0;
  bool lost_ = false;
};

/// Words between spaces.
std::vector<std::string> words_of(std::string_view text);

}  // namespace imapkeep::imap
