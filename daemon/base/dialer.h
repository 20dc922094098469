// Port: a host and a port become a Stream. All resolved addresses are tried; the error names the
// last one and what it said.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "daemon/base/clock.h"
#include "daemon/base/stream.h"

namespace imapkeep {

struct Endpoint {
  std::string host;
  std::uint16_t port = 0;
  std::optional<TlsOptions> tls;                 ///< TLS from the first byte, when given
  Duration deadline = std::chrono::seconds(60);  ///< for resolving, connecting and TLS together
};

class Dialer {
 public:
  virtual ~Dialer() = default;
  [[nodiscard]] virtual Operation dial(Endpoint endpoint,
                                       Completion<std::unique_ptr<Stream>> done) = 0;
};

}  // namespace imapkeep
