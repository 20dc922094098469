#include "tests/bench/answer_reader.h"

#include <algorithm>
#include <charconv>

namespace imapkeep::bench {
namespace {

/// The n of "… {n}", and where the brace stands; npos when there is none.
std::size_t announced(std::string_view text, std::uint64_t& size) {
  if (text.empty() || text.back() != '}') return std::string_view::npos;
  const std::size_t brace = text.rfind('{');
  if (brace == std::string_view::npos) return brace;
  const char* end = text.data() + text.size() - 1;
  const auto read = std::from_chars(text.data() + brace + 1, end, size);
  return read.ec == std::errc{} && read.ptr == end ? brace : std::string_view::npos;
}

}  // namespace

void AnswerReader::pass_literal() {
  literal_bytes += literal_left_;
  if (keep_literals) partial_ += '"';
  while (literal_left_ > 0) {
    if (pending_.empty()) pending_ = line_.receive();
    const auto size = std::min<std::uint64_t>(literal_left_, pending_.size());
    if (keep_literals) {
      for (const char letter : pending_.substr(0, size)) {
        if (letter == '"' || letter == '\\') partial_ += '\\';
        partial_ += letter;
      }
    }
    pending_.remove_prefix(size);
    literal_left_ -= size;
  }
  if (keep_literals) partial_ += '"';
}

AnswerLine AnswerReader::whole(std::string_view text) {
  if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  return {text, behind_literal_};
}

AnswerLine AnswerReader::next() {
  if (partial_is_told_) {
    partial_.clear();
    partial_is_told_ = false;
  }
  behind_literal_ = false;
  while (true) {
    if (literal_left_ > 0) {
      pass_literal();
      behind_literal_ = !keep_literals;
    }
    if (pending_.empty()) pending_ = line_.receive();
    const std::size_t end = pending_.find('\n');
    if (end == std::string_view::npos) {
      partial_ += pending_;
      pending_ = {};
      continue;
    }
    std::string_view text = pending_.substr(0, end);
    if (!partial_.empty()) {
      partial_ += text;
      text = partial_;
      partial_is_told_ = true;
    }
    pending_.remove_prefix(end + 1);
    const AnswerLine line = whole(text);
    std::uint64_t size = 0;
    const std::size_t brace = announced(line.text, size);
    if (brace == std::string_view::npos) return line;
    literal_left_ = size;
    if (!keep_literals) return line;
    partial_.assign(line.text.substr(0, brace));
    partial_is_told_ = false;
    if (size == 0) partial_ += "\"\"";
  }
}

}  // namespace imapkeep::bench
