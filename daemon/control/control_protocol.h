// The control socket's language, as docs/control.md describes it: a client sends one line of JSON,
// the daemon answers with lines until one says the end. Pure: bytes to values and back. No line is
// longer than 64 KiB; longer texts travel in pieces.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/bytes.h"
#include "daemon/base/result.h"
#include "daemon/control/control_handler.h"

namespace imapkeep {

constexpr std::string_view kControlName = "control";  ///< of the socket in the state directory
constexpr std::uint64_t kControlVersion = 1;
constexpr std::size_t kMostControlLine = 64 * 1024;  ///< without its end

/// Bytes, cut anywhere, into lines.
class ControlLines {
 public:
  void add(ByteView bytes) { bytes_ += bytes; }
  /// A line without its end; nothing when there is no whole one. An error when it is too long, and
  /// from then on.
  Result<std::optional<std::string>> next();
  /// Bytes that no line has taken yet.
  [[nodiscard]] bool empty() const { return bytes_.empty(); }

 private:
  std::string bytes_;
  std::size_t searched_ = 0;
};

std::string encode_request(const ControlRequest& request);
/// Errors are Trouble::kUsage. What it does not know it refuses: an option of a later version
/// must not be passed over in silence.
Result<ControlRequest> decode_request(ByteView line);

// Answers, as whole lines with their ends. Bytes that are no UTF-8 become U+FFFD.
std::string encode_out(std::string_view text);   ///< as many lines as it takes; none for ""
std::string encode_line(std::string_view text);  ///< one; a monster is cut
std::string encode_page(std::string_view text);  ///< as many as it takes
std::string encode_progress(const ProgressCounts& counts);
std::string encode_end(int exit_code);

struct ControlAnswer {
  enum class Kind { kOut, kLine, kPage, kProgress, kEnd, kUnknown };
  Kind kind = Kind::kUnknown;  ///< kUnknown: of a later daemon; to be passed over
  std::string text;
  bool more = false;  ///< kPage: the next piece of the same page follows
  ProgressCounts counts{};
  int exit_code = 0;
};
Result<ControlAnswer> decode_answer(ByteView line);

}  // namespace imapkeep
