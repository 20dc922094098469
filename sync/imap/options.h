// How an account's server is reached, as the operator says it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "daemon/base/stream.h"

namespace imapkeep {

enum class TlsMode {
  kImplicit,  ///< TLS from the first byte (RFC 8314), port 993
  kStartTls,  ///< port 143, only when asked for
  kNone,      ///< loopback addresses only
};

struct ServerOptions {
  std::string host;
  std::uint16_t port = 993;
  TlsMode tls = TlsMode::kImplicit;
  std::string ca_file;     ///< PEM; empty: the system's trust store
  std::string tls_name{};  ///< the certificate's name; empty: `host`
  std::optional<Sha256Digest> fingerprint{};
  bool compress = false;  ///< COMPRESS=DEFLATE (RFC 4978) where it is offered
  /// Silence longer than this ends the connection; any byte counts as life.
  std::chrono::milliseconds silence_deadline{60'000};
  std::chrono::milliseconds connect_deadline{60'000};
  /// An IDLE is renewed at least as often (RFC 2177 has 29 minutes). Nine outlast the shortest NAT
  /// and server time-outs that are known.
  std::chrono::minutes longest_idle{9};
  bool operator==(const ServerOptions&) const = default;
  [[nodiscard]] TlsOptions tls_options() const {
    return {tls_name.empty() ? host : tls_name, ca_file, fingerprint};
  }
};

}  // namespace imapkeep
