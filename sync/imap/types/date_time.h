// INTERNALDATE (RFC 9051 §9, date-time): "17-Jul-1996 02:44:25 -0700".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace imapkeep {

/// Unix seconds. A missing zone counts as UTC; a day or month that does not exist, a two-digit year
/// and a zone that is no ±hhmm give nothing.
std::optional<std::int64_t> parse_date_time(std::string_view text);
/// In UTC, without the quotes; empty where the year has not four digits.
std::string format_date_time(std::int64_t unix_seconds);

}  // namespace imapkeep
