// Framing: where a line ends, where a literal begins and how long it is (RFC 9051 §4.3), and
// nothing of what they mean. It never looks into a literal, so a message can never be read as a
// response. A line's text is handed over in one piece up to its end or up to a literal; literals
// are views into the input as it arrives, of any size up to 2^63-1. A list of UIDs that outgrows
// part_bytes (SEARCH, ESEARCH ALL, VANISHED) is handed over in parts, each with the same head, so
// that a million UIDs on one line need constant memory. FETCH, FLAGS and status responses may be
// longer than other lines (keywords), and what is longer still is passed over up to the line's end:
// only its beginning is handed over. Where the input was cut by the network makes no difference to
// what comes out, except for the sizes of the bytes fragments.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/base/bytes.h"
#include "daemon/base/result.h"

namespace imapkeep::imap {

struct Fragment {
  enum class Kind {
    kNeedMore,    ///< the input is used up
    kLiteral,     ///< `text` up to the announcement of a literal of `size` bytes
    kBytes,       ///< `text`: some of the literal
    kLiteralEnd,  ///< the literal is complete; its line goes on
    kPart,        ///< `text`: a part of a long list, as a line of its own
    kLine,        ///< `text`: the rest of the line, and its end
  };
  Kind kind = Kind::kNeedMore;
  std::string_view text;  ///< valid until the next call, and as long as the input
  std::uint64_t size = 0;
  bool passed = false;  ///< kLiteral, kLine: of a line too long to be held; kLine: its beginning
};

struct FragmentLimits {
  std::size_t line_bytes = 64 * 1024;  ///< text of one line, over all its pieces; no literals
  std::size_t part_bytes = 32 * 1024;
  std::size_t long_line_bytes = 1024 * 1024;          ///< of FETCH, FLAGS, OK, NO, BAD, BYE
  std::uint64_t passed_bytes = 64ULL * 1024 * 1024;   ///< of those that are passed over
  std::uint64_t listed_bytes = 512ULL * 1024 * 1024;  ///< of a list that comes in parts
};

class Fragments {
 public:
  explicit Fragments(FragmentLimits limits) : limits_(limits) {}

  /// Takes what it needs off `input`. After an Error the stream has no meaning any more.
  Result<Fragment> next(ByteView& input);
  /// Between two lines, nothing begun.
  [[nodiscard]] bool at_line_start() const;

 private:
  enum class State { kLineStart, kText, kLiteral };

  Result<Fragment> next_text(ByteView& input);
  /// The line has outgrown what may be held of it.
  Result<Done> outgrow();
  void begin_passing();
  Result<Fragment> pass_over(ByteView& input);
  Fragment next_bytes(ByteView& input);
  Result<Fragment> end_of_text(std::string_view text);
  /// Cuts the pending text when it is a list; false when it is something else.
  bool cut_list();

  FragmentLimits limits_;
  State state_ = State::kLineStart;
  std::string pending_;         ///< text of the piece being read, when it began in earlier input
  std::string part_;            ///< holds the text of a kPart until the next call
  bool pending_given_ = false;  ///< pending_ was handed out and is to be cleared
  bool first_piece_ = true;     ///< no literal yet in this line
  bool cuttable_ = true;        ///< not yet known to be something else than a list
  bool human_text_ = false;     ///< a status response or continuation: ends in free text
  bool long_ = false;           ///< may be as long as long_line_bytes
  bool passing_ = false;        ///< the rest of the line is not kept
  std::string head_;            ///< how the line began, once a literal has come
  std::string tail_;            ///< passing_: the last bytes, where a literal may be announced
  std::uint64_t passed_ = 0;
  std::uint64_t listed_ = 0;        ///< bytes of a list that were handed over in parts
  std::size_t earlier_pieces_ = 0;  ///< bytes of text in this line before the present piece
  std::uint64_t literal_left_ = 0;
};

}  // namespace imapkeep::imap
