#include "daemon/io/tls_context.h"

#include <openssl/err.h>
#include <sys/stat.h>

#include <cerrno>

#include "daemon/base/bytes.h"
#include "daemon/io/os_error.h"
#include "daemon/io/peer_certificates.h"

namespace imapkeep {
namespace {

std::string openssl_reason() {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : "no reason given";
}

Error ca_error(const std::string& ca_file, const std::string& why) {
  return config_error("cannot use the CA file " + printable_utf8(ca_file, 1000) + ": " + why);
}

Result<TlsContext> make(const std::string& ca_file) {
  ERR_clear_error();
  TlsContext context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  if (!context) return server_error("OpenSSL cannot start: " + openssl_reason());
  SSL_CTX* raw = context.get();
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION);
  // RELEASE_BUFFERS halves the memory of an idle connection.
  SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                            SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
  PeerCertificates::attach(raw);
  if (ca_file.empty()) {
    if (SSL_CTX_set_default_verify_paths(raw) != 1) {
      return config_error("cannot read the system's trusted certificates: " + openssl_reason());
    }
    return context;
  }
  if (SSL_CTX_load_verify_file(raw, ca_file.c_str()) != 1) {
    return ca_error(ca_file, "it holds no certificate in PEM form (" + openssl_reason() + ")");
  }
  // The file may hold just the server's certificate, or an intermediate one: it ends the chain.
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(raw), X509_V_FLAG_PARTIAL_CHAIN);
  return context;
}

}  // namespace

Result<TlsContext> TlsContexts::get(const std::string& ca_file) {
  Known fresh;
  if (!ca_file.empty()) {
    struct stat facts {};
    if (::stat(ca_file.c_str(), &facts) != 0) return ca_error(ca_file, errno_text(errno));
    fresh.inode = facts.st_ino;
    fresh.changed_ns = facts.st_ctim.tv_sec * std::int64_t{1'000'000'000} + facts.st_ctim.tv_nsec;
  }
  const auto found = known_.find(ca_file);
  if (found != known_.end() && found->second.inode == fresh.inode &&
      found->second.changed_ns == fresh.changed_ns) {
    return found->second.context;
  }
  auto made = make(ca_file);
  if (!made) return made.error();
  fresh.context = *made;
  known_[ca_file] = fresh;
  return *made;
}

}  // namespace imapkeep
