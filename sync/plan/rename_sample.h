// Is a folder that looks renamed the folder that it looks like? A sample of its messages says so:
// the same UIDs with the same sizes and dates. A server may show another date after a rename
// (Dovecot tells one from before 1970 as 1969 before, and as 2106 after it); then the bytes of a
// few such messages decide. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "sync/imap/types/uid_set.h"
#include "sync/plan/known_message.h"

namespace imapkeep {

/// What the server says of one message now.
struct SampleFacts {
  Uid uid;
  std::optional<std::int64_t> internal_date;  ///< Unix seconds
  std::optional<std::uint64_t> rfc822_size;
};

struct SampleVerdict {
  enum class Kind {
    kSame,
    kOther,         ///< `why`
    kCompareBytes,  ///< the same, if these messages have the bytes that are stored
  };
  Kind kind = Kind::kSame;
  std::string why;
  UidSet to_compare;
};

SampleVerdict judge_sample(std::span<const KnownMessage> stored, std::span<const SampleFacts> told);

}  // namespace imapkeep
