// The query of a URL, read as a form (application/x-www-form-urlencoded). In a redirect's answer a
// name may stand once (RFC 6749 §3.1); whoever sends two wants two readers to disagree.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace imapkeep {

using QueryParameters = std::map<std::string, std::string, std::less<>>;

/// Without the `?`. Nothing when a name stands twice or an escape is none.
std::optional<QueryParameters> parse_query(std::string_view query);

}  // namespace imapkeep
