// Any bytes on the control socket, from either side, cut anywhere. A request that is understood
// says the same when it is written and read again; what the daemon says, the client hears.
#include <cstdint>
#include <cstdlib>

#include "daemon/control/control_protocol.h"

using namespace imapkeep;

namespace {

void check_request(std::string_view line) {
  const auto request = decode_request(line);
  if (!request) return;
  const std::string once = encode_request(*request);
  const auto again = decode_request(ByteView(once).substr(0, once.size() - 1));
  if (!again || encode_request(*again) != once) std::abort();
}

/// Everything that was said, put together as a client does.
std::string heard(const std::string& lines, ControlAnswer::Kind kind) {
  ControlLines reader;
  std::string text;
  reader.add(lines);
  while (true) {
    const auto line = reader.next();
    if (!line) std::abort();
    if (!*line) break;
    const auto answer = decode_answer(**line);
    if (!answer || answer->kind != kind) std::abort();
    text += answer->text;
  }
  if (!reader.empty()) std::abort();
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  ControlLines lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t piece = 1 + data[at] % 97;
    lines.add(text.substr(at, piece));
    at += piece;
    for (auto line = lines.next(); line && *line; line = lines.next()) {
      check_request(**line);
      (void)decode_answer(**line);
    }
  }
  if (is_utf8(text)) {
    if (heard(encode_out(text), ControlAnswer::Kind::kOut) != text) std::abort();
    if (heard(encode_page(text), ControlAnswer::Kind::kPage) != text) std::abort();
  }
  (void)heard(encode_line(text), ControlAnswer::Kind::kLine);
  return 0;
}
