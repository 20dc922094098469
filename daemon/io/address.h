// Where to connect to: socket addresses from a host name.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/result.h"

namespace imapkeep {

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
  [[nodiscard]] int family() const { return storage.ss_family; }
  /// "192.0.2.1" or "2001:db8::1".
  [[nodiscard]] std::string text() const;
};

/// An address written out; nothing when `host` is a name.
std::optional<Address> parse_address(const std::string& host, std::uint16_t port);

/// Asks the system's resolver. Blocks, for half a minute when name servers are down.
Result<std::vector<Address>> resolve(const std::string& host, std::uint16_t port);

/// RFC 8305 §4: the families take turns, beginning with the resolver's favourite, each in its
/// order.
std::vector<Address> interleaved(std::vector<Address> addresses);

}  // namespace imapkeep
