// What a ResponseReader tells its handler, as text that can be compared and read.
#pragma once

#include <string>
#include <vector>

#include "sync/imap/response_reader.h"
#include "tests/support/response_text.h"

namespace imapkeep::imap {

/// Events as text. Body bytes are joined, since only their sum is promised.
class RecordedEvents : public ResponseEvents {
 public:
  void on_response(Response response) override { events.push_back(response_text(response)); }
  void on_body_begin(std::uint64_t size) override {
    events.push_back("body " + std::to_string(size) + " '");
  }
  void on_body_bytes(ByteView bytes) override { events.back() += bytes; }
  void on_body_end() override { events.back() += "'"; }

  std::vector<std::string> events;
};

/// Reads pieces in order; the last event is "error: …" when one failed, or "pending" when the input
/// ended inside a response.
inline std::vector<std::string> read_pieces(const std::vector<ByteView>& pieces,
                                            ReaderLimits limits = {}) {
  RecordedEvents recorded;
  ResponseReader reader(limits);
  for (const auto piece : pieces) {
    const auto consumed = reader.feed(piece, recorded);
    if (!consumed) {
      recorded.events.push_back("error: " + consumed.error().what);
      return recorded.events;
    }
  }
  if (!reader.at_boundary()) recorded.events.push_back("pending");
  return recorded.events;
}

}  // namespace imapkeep::imap
