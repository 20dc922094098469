// Port: a connected byte stream that may become TLS. Reading starts with start(); pause() and
// resume() carry backpressure from the disk to the socket: while paused nothing is read, neither
// from the kernel nor from TLS. Destroying the Stream closes it and silences the handler.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "daemon/base/bytes.h"
#include "daemon/base/hash.h"
#include "daemon/base/operation.h"

namespace imapkeep {

/// How to prove who the other side is (RFC 6125, TLS 1.2 or newer).
struct TlsOptions {
  std::string server_name;  ///< for SNI and for the certificate's name check
  std::string ca_file{};    ///< PEM; empty: the system's trust store
  /// SHA-256 of the server's certificate in DER: this very certificate is trusted, whatever its
  /// name, its dates or its issuer, and no other.
  std::optional<Sha256Digest> fingerprint{};
};

class StreamHandler {
 public:
  virtual ~StreamHandler() = default;
  /// The view is valid during the call. The handler may destroy the Stream.
  virtual void on_bytes(ByteView bytes) = 0;
  /// End of stream or failure; nothing follows. Never called for the handler's own close.
  virtual void on_closed(const Error& why) = 0;
  /// Nothing that was sent is unsent any more. The handler may send more or destroy the Stream.
  virtual void on_sent() {}
};

class Stream {
 public:
  virtual ~Stream() = default;
  virtual void start(StreamHandler& handler) = 0;
  virtual void send(std::string bytes) = 0;
  [[nodiscard]] virtual std::size_t unsent_bytes() const = 0;
  virtual void pause() = 0;
  virtual void resume() = 0;
  /// STARTTLS: from here on every byte in both directions is TLS. Reading goes on with the same
  /// handler afterwards. The caller has checked that it was given no byte beyond the tagged OK.
  [[nodiscard]] virtual Operation start_tls(TlsOptions options, Completion<Done> done) = 0;
  [[nodiscard]] virtual bool is_secure() const = 0;
};

}  // namespace imapkeep
