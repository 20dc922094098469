// Dates in HTTP headers (RFC 9110 §5.6.7), of the one form that servers send:
// "Sun, 06 Nov 1994 08:49:37 GMT".
#pragma once

#include <optional>
#include <string_view>

#include "daemon/base/clock.h"

namespace imapkeep {

std::optional<WallTime> parse_http_date(std::string_view text);

}  // namespace imapkeep
