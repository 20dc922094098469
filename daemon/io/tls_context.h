// One SSL_CTX for each set of trusted certificates, shared by all connections: the system's store
// alone is a megabyte. A CA file that changed on disk is read again at the next connection. What a
// server sent to be verified with is let go as soon as it has been: see peer_certificates.h.
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "daemon/base/result.h"

namespace imapkeep {

using TlsContext = std::shared_ptr<SSL_CTX>;

class TlsContexts {
 public:
  /// `ca_file` is PEM: CA certificates, or the server's own; then nothing else is trusted. Empty is
  /// the system's store.
  Result<TlsContext> get(const std::string& ca_file);

 private:
  struct Known {
    TlsContext context;
    std::uint64_t inode = 0;
    std::int64_t changed_ns = 0;
  };
  std::map<std::string, Known> known_;
};

}  // namespace imapkeep
