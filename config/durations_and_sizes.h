// "90d" and "1GiB": a whole number and a unit, written together. A number without a unit is
// refused, because nobody can say later what was meant.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "daemon/base/result.h"

namespace imapkeep {

/// s, m, h, d, w. The errors are sentences without a subject: "must be …".
Result<std::chrono::seconds> parse_duration(std::string_view text);
/// B; kB, MB, GB, TB by thousands; KiB, MiB, GiB, TiB by 1024. Only 0 needs no unit.
Result<std::uint64_t> parse_size(std::string_view text);

}  // namespace imapkeep
