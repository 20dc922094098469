// The numbers of IMAP, each its own type: mixing up UID and sequence number is *the* IMAP bug.
// Sequence numbers are never sent and have no type here.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace imapkeep {

/// RFC 9051 §2.3.1.1: 1..2^32-1, unique and ascending within a mailbox and its UIDVALIDITY.
struct Uid {
  std::uint32_t value = 0;
  auto operator<=>(const Uid&) const = default;
};
inline constexpr Uid kMaxUid{0xffffffff};

/// RFC 9051 §2.3.1.1; 0 means that the server gave none, so that its UIDs mean nothing tomorrow.
struct UidValidity {
  std::uint32_t value = 0;
  auto operator<=>(const UidValidity&) const = default;
};

/// RFC 7162: a 63-bit mod-sequence; 0 means none (NOMODSEQ).
struct ModSeq {
  std::uint64_t value = 0;
  auto operator<=>(const ModSeq&) const = default;
};

}  // namespace imapkeep

template <>
struct std::hash<imapkeep::Uid> {
  std::size_t operator()(imapkeep::Uid uid) const noexcept { return uid.value; }
};
