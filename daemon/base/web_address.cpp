#include "daemon/base/web_address.h"

#include <algorithm>
#include <array>

#include "daemon/base/ascii_case.h"
#include "daemon/base/bytes.h"

namespace imapkeep {

bool is_loopback(std::string_view host) {
  if (same_ignoring_case(host, "localhost") || host == "::1") return true;
  std::array<std::string_view, 4> parts;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::size_t dot = std::min(host.find('.'), host.size());
    parts[i] = host.substr(0, dot);
    if ((dot == host.size()) != (i == 3)) return false;
    host.remove_prefix(std::min(dot + 1, host.size()));
  }
  return parts[0] == "127" && std::all_of(parts.begin(), parts.end(), [](std::string_view part) {
           const auto number = parse_u64(part);
           return number && *number <= 255 && part.size() <= 3;
         });
}

std::string trouble_with_web_address(std::string_view address) {
  constexpr std::string_view kHttps = "https://";
  constexpr std::string_view kHttp = "http://";
  const bool is_plain = address.starts_with(kHttp);
  if (!is_plain && !address.starts_with(kHttps)) return "must begin with https://";
  std::string_view host = address.substr(is_plain ? kHttp.size() : kHttps.size());
  host = host.substr(0, std::min(host.find_first_of("/?#"), host.size()));
  if (std::any_of(address.begin(), address.end(),
                  [](char c) { return c <= ' ' || c == 0x7f || (c & 0x80) != 0 || c == '\\'; }))
    return "is no address: it holds a character that stands in none";
  if (host.find('@') != std::string_view::npos) return "takes no user or password";
  if (address.find('#') != std::string_view::npos) return "takes no `#`";
  if (host.starts_with('['))
    host = host.substr(1, std::min(host.find(']'), host.size()) - 1);
  else
    host = host.substr(0, std::min(host.find(':'), host.size()));
  if (host.empty()) return "names no host";
  if (is_plain && !is_loopback(host))
    return "must begin with https://; http:// is for loopback hosts only (127.0.0.0/8, ::1, "
           "localhost)";
  return {};
}

}  // namespace imapkeep
