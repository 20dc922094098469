// A part of a message (RFC 9051 §6.4.5: BODY[]<origin.count>).
#pragma once

#include <cstdint>

namespace imapkeep {

struct BodyPart {
  std::uint64_t origin = 0;  ///< its first octet, counted from 0
  std::uint64_t count = 0;   ///< octets at most; servers take no more than 2³¹-1 everywhere
};

}  // namespace imapkeep
