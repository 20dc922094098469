// What is kept of the certificates that servers send: as little as TLS can do without. OpenSSL
// would hold every connection's whole chain, parsed, for as long as the connection lives, a quarter
// of its memory or more; yet after the verification nobody looks at it again. The chain is let go
// there, and the server's own certificate, which OpenSSL needs, is one object for all connections
// to servers that show the same.
#pragma once

#include <openssl/ssl.h>

#include <map>
#include <memory>
#include <string>

namespace imapkeep {

class PeerCertificates {
 public:
  /// To every connection of this context; lives and dies with it.
  static void attach(SSL_CTX* context);

 private:
  struct Free {
    void operator()(X509* certificate) const { X509_free(certificate); }
  };

  static int verify(X509_STORE_CTX* check, void* self);
  void let_go(X509_STORE_CTX* check);

  /// By the name that it was verified for, the one seen last: it is exchanged when it is renewed.
  std::map<std::string, std::unique_ptr<X509, Free>> own_;
};

}  // namespace imapkeep
