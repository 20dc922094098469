// Any bytes at all are read once whole and once in pieces whose sizes the first bytes choose: what
// comes out must be the same, in bounded memory.
#include <cstdlib>

#include "tests/support/recorded_events.h"

using namespace imapkeep;
using namespace imapkeep::imap;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4) return 0;
  std::uint32_t state = data[0] | std::uint32_t{data[1]} << 8 | std::uint32_t{data[2]} << 16;
  ReaderLimits limits;
  if ((data[3] & 1) != 0) {  // small limits, so that short inputs reach them
    limits.line_bytes = 64 + data[3];
    limits.literal_bytes = 32;
    limits.nesting = 3;
    limits.unknown_lines = 3;
    limits.set_ranges = 20;
  }
  const ByteView wire(reinterpret_cast<const char*>(data) + 4, size - 4);
  std::vector<ByteView> pieces;
  for (std::size_t at = 0; at < wire.size();) {
    state = state * 1664525 + 1013904223;
    const std::size_t length = 1 + (state >> 16) % ((data[3] & 2) != 0 ? 7 : 100);
    pieces.push_back(wire.substr(at, length));
    at += pieces.back().size();
  }
  if (read_pieces({wire}, limits) != read_pieces(pieces, limits)) std::abort();
  return 0;
}
