#include "daemon/io/tls_session.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "daemon/io/tls_errors.h"

namespace imapkeep {
namespace {

bool is_ip_literal(const std::string& name) {
  unsigned char bytes[16];
  return inet_pton(AF_INET, name.c_str(), bytes) == 1 ||
         inet_pton(AF_INET6, name.c_str(), bytes) == 1;
}

/// RFC 6066 §3: no SNI for addresses; RFC 6125: the name is checked against the certificate.
bool set_name(SSL* ssl, const std::string& name) {
  if (is_ip_literal(name)) {
    return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name.c_str()) == 1;
  }
  SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return SSL_set1_host(ssl, name.c_str()) == 1 && SSL_set_tlsext_host_name(ssl, name.c_str()) == 1;
}

int length_of(std::size_t size) {
  return static_cast<int>(std::min<std::size_t>(size, std::numeric_limits<int>::max()));
}

}  // namespace

Result<std::unique_ptr<TlsSession>> TlsSession::make(const TlsContext& context,
                                                     const TlsOptions& options, int fd,
                                                     const std::string& peer) {
  std::string name = options.server_name;
  if (!name.empty() && name.back() == '.') name.pop_back();  // certificates name no root dot
  // Without a name every certificate would pass.
  if (name.empty()) return config_error("TLS with " + peer + " needs the server's name");
  SSL* ssl = SSL_new(context.get());
  if (ssl == nullptr) return server_error("OpenSSL has no memory for " + peer);
  std::unique_ptr<TlsSession> session(
      new TlsSession(ssl, std::move(name), options.fingerprint, peer));
  SSL_set_app_data(ssl, session.get());
  SSL_set_verify(ssl, SSL_VERIFY_PEER, &TlsSession::on_verify);
  SSL_set_connect_state(ssl);
  if (!set_name(ssl, session->name_) || SSL_set_fd(ssl, fd) != 1) {
    ERR_clear_error();
    return config_error("\"" + printable_utf8(options.server_name) +
                        "\" is not a name that TLS can check");
  }
  return session;
}

TlsSession::TlsSession(SSL* ssl, std::string name, std::optional<Sha256Digest> fingerprint,
                       const std::string& peer)
    : ssl_(ssl), name_(std::move(name)), fingerprint_(fingerprint), peer_(peer) {}

TlsSession::~TlsSession() { SSL_free(ssl_); }

int TlsSession::on_verify(int fine, X509_STORE_CTX* check) {
  if (fine == 1) return 1;
  const auto* ssl = static_cast<const SSL*>(
      X509_STORE_CTX_get_ex_data(check, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* self = static_cast<TlsSession*>(SSL_get_app_data(ssl));
  if (self->fingerprint_) return 1;  // other_certificate() judges it
  self->certificate_error_ =
      std::make_unique<Error>(certificate_error(self->peer_, self->name_, check));
  return 0;
}

IoStep TlsSession::handshake() {
  ERR_clear_error();
  errno = 0;
  IoStep step = step_of(SSL_do_handshake(ssl_), true);
  if (step.state != IoState::kDone) return step;
  if (auto wrong = other_certificate()) {
    broken_ = true;
    return {IoState::kEnd, 0, *wrong};
  }
  return step;
}

/// Nothing has been sent over the session yet, and nothing that came is looked at before.
std::optional<Error> TlsSession::other_certificate() const {
  if (!fingerprint_) return std::nullopt;
  const X509* certificate = SSL_get0_peer_certificate(ssl_);
  const auto shown = certificate != nullptr ? fingerprint_of(certificate) : std::nullopt;
  if (shown == fingerprint_) return std::nullopt;
  return fingerprint_error(peer_, shown);
}

IoStep TlsSession::read(std::span<char> into) {
  std::size_t size = 0;
  while (into.size() - size >= kRecordBytes) {
    ERR_clear_error();
    errno = 0;
    const int got = SSL_read(ssl_, into.data() + size, length_of(into.size() - size));
    if (got <= 0) {
      IoStep step = step_of(got, false);
      step.bytes = size;
      return step;
    }
    size += static_cast<std::size_t>(got);
  }
  return {IoState::kDone, size};
}

IoStep TlsSession::write(ByteView bytes) {
  ERR_clear_error();
  errno = 0;
  const int put = SSL_write(ssl_, bytes.data(), length_of(bytes.size()));
  if (put <= 0) return step_of(put, false);
  return {IoState::kDone, static_cast<std::size_t>(put)};
}

void TlsSession::say_goodbye() {
  if (broken_ || SSL_in_init(ssl_) == 1) return;
  ERR_clear_error();
  SSL_shutdown(ssl_);
  ERR_clear_error();
}

IoStep TlsSession::step_of(int answer, bool shaking_hands) {
  const int os_code = errno;
  if (shaking_hands && answer == 1) return {IoState::kDone};
  switch (SSL_get_error(ssl_, answer)) {
    case SSL_ERROR_WANT_READ:
      return {IoState::kWantRead};
    case SSL_ERROR_WANT_WRITE:
      return {IoState::kWantWrite};
    case SSL_ERROR_ZERO_RETURN:
      return {IoState::kEnd, 0, server_error(peer_ + " closed the connection")};
    default:
      break;
  }
  broken_ = true;
  const unsigned long code = ERR_peek_error();
  ERR_clear_error();
  if (certificate_error_) return {IoState::kEnd, 0, *certificate_error_};
  return {
      IoState::kEnd, 0,
      shaking_hands ? handshake_error(peer_, code, os_code) : record_error(peer_, code, os_code)};
}

}  // namespace imapkeep
