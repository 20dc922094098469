// Cuts what a server says into lines and throws literals away while they come.
//
// A line that ends with {n} is followed by n bytes and then by the rest of the same answer. While
// `keep_literals` holds, small literals are put back into the line as quoted text, so that a
// mailbox name can be sent back just as it stands; bodies are only counted.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tests/bench/tls_line.h"

namespace imapkeep::bench {

struct AnswerLine {
  std::string_view text;   ///< without CRLF; valid until the next one is asked for
  bool continued = false;  ///< the rest of an answer, behind a literal
};

class AnswerReader {
 public:
  explicit AnswerReader(TlsLine& line) : line_(line) {}

  AnswerLine next();

  bool keep_literals = false;
  std::uint64_t literal_bytes = 0;

 private:
  void pass_literal();
  AnswerLine whole(std::string_view text);

  TlsLine& line_;
  std::string_view pending_;  // received and not yet looked at
  std::string partial_;       // the beginning of a line that came in pieces
  bool partial_is_told_ = false;
  std::uint64_t literal_left_ = 0;
  bool behind_literal_ = false;
};

}  // namespace imapkeep::bench
