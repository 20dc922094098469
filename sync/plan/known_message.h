// A live message, as the ledger knows it and a pass compares it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sync/journal/records.h"

namespace imapkeep {

struct KnownMessage {
  MessageKey key;
  std::int64_t internal_date = 0;  ///< as it was when the message was stored
  /// What the server told last as INTERNALDATE, where that is another moment.
  std::optional<std::int64_t> told_date = std::nullopt;
  std::uint64_t rfc822_size = 0;
  MessageIdentity identity;
  std::uint32_t number = 1;  ///< as in MessageRecord
  Flags flags;
  std::string doubtful = {};  ///< as in MessageRecord
  bool operator==(const KnownMessage&) const = default;
};

}  // namespace imapkeep
