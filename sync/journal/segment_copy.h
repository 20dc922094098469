// A segment written once more beside itself, and put in its own place. The port knows no
// truncation, and pages that an fsync has failed for once may never reach the disk, whatever a
// later fsync says: only bytes that are written anew can be trusted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "daemon/base/files.h"

namespace imapkeep {

/// The segment's first `bytes` (all of them, when none is given) and then `tail`, durable.
Result<Done> copy_segment(Directory& journal, std::uint64_t segment,
                          std::optional<std::uint64_t> bytes, const std::string& tail);

}  // namespace imapkeep
