// The client's half of TLS directly on a non-blocking socket: no BIO pair, so that an idle
// connection keeps no buffers. read() asks for at least one whole record's room each time, and so
// nothing is ever left decrypted inside: what is unread is in the kernel, where the poll sees it.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "daemon/base/bytes.h"
#include "daemon/base/stream.h"
#include "daemon/io/io_step.h"
#include "daemon/io/tls_context.h"

namespace imapkeep {

class TlsSession {
 public:
  /// The largest plaintext of one record, RFC 8446 §5.1.
  static constexpr std::size_t kRecordBytes = 16384;

  /// `peer` is host:port, for sentences, and outlives the session.
  static Result<std::unique_ptr<TlsSession>> make(const TlsContext& context,
                                                  const TlsOptions& options, int fd,
                                                  const std::string& peer);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  IoStep handshake();
  /// `into` has room for kRecordBytes or more. Bytes may come together with any state.
  IoStep read(std::span<char> into);
  /// After kWant…, the next call must offer the same bytes again, and may offer more.
  IoStep write(ByteView bytes);
  /// Tells the peer that nothing follows. Best effort, does not block.
  void say_goodbye();

 private:
  TlsSession(SSL* ssl, std::string name, std::optional<Sha256Digest> fingerprint,
             const std::string& peer);
  static int on_verify(int fine, X509_STORE_CTX* check);
  [[nodiscard]] std::optional<Error> other_certificate() const;
  IoStep step_of(int answer, bool shaking_hands);

  SSL* ssl_;
  std::string name_;
  std::optional<Sha256Digest> fingerprint_;
  const std::string& peer_;
  std::unique_ptr<Error> certificate_error_;
  bool broken_ = false;
};

}  // namespace imapkeep
