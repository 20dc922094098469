// The network cuts where it likes: one and the same input is read whole, byte by byte and split at
// every point, and what comes out must be the same each time.
#pragma once

#include <catch2/catch.hpp>

#include "tests/support/recorded_events.h"

namespace imapkeep::imap {

inline std::vector<std::string> split_feed(ByteView wire, ReaderLimits limits = {}) {
  const auto whole = read_pieces({wire}, limits);
  std::vector<ByteView> bytes;
  for (std::size_t i = 0; i < wire.size(); ++i) bytes.push_back(wire.substr(i, 1));
  REQUIRE(read_pieces(bytes, limits) == whole);
  for (std::size_t i = 1; i < wire.size(); ++i) {
    const auto split = read_pieces({wire.substr(0, i), wire.substr(i)}, limits);
    if (split != whole) {
      INFO("split at " << i);
      REQUIRE(split == whole);
    }
  }
  return whole;
}

}  // namespace imapkeep::imap
