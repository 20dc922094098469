// A live message, as the ledger knows it and a pass compares it.
#pragma once

#include <cstdint>

#include "sync/plan/records.h"

namespace imapkeep {

struct KnownMessage {
  MessageKey key;
  std::int64_t internal_date = 0;
  std::uint64_t rfc822_size = 0;
  MessageIdentity identity;
  std::uint32_t number = 1;
  Flags flags;
  bool operator==(const KnownMessage&) const = default;
};

}  // namespace imapkeep
