// Names of events that operators and monitors wait for, where more than one place says them. Each
// is explained in systemd/imapkeep.catalog. To change such a name is to change an interface.
#pragma once

#include <string_view>

namespace imapkeep::events {

inline constexpr std::string_view kStarted = "started";
inline constexpr std::string_view kStopped = "stopped";
/// Retrying cannot help (Remedy::kNeedsOperator): login, configuration, certificate. Field: why.
inline constexpr std::string_view kAccountNeedsOperator = "account needs the operator";
/// Full, read-only, not mounted, another store (Trouble::kStore). Field: why.
inline constexpr std::string_view kStoreTrouble = "store trouble";

}  // namespace imapkeep::events
