#include "daemon/io/peer_certificates.h"

#include <openssl/x509_vfy.h>

namespace imapkeep {
namespace {

void free_with_context(void* /*context*/, void* mine, CRYPTO_EX_DATA* /*all*/, int /*index*/,
                       long /*unused*/, void* /*unused*/) {
  delete static_cast<PeerCertificates*>(mine);
}

/// The name that the certificate was asked to bear; an address has no name.
std::string wanted_name(X509_STORE_CTX* check) {
  const char* name = X509_VERIFY_PARAM_get0_host(X509_STORE_CTX_get0_param(check), 0);
  if (name != nullptr) return name;
  char* address = X509_VERIFY_PARAM_get1_ip_asc(X509_STORE_CTX_get0_param(check));
  if (address == nullptr) return {};
  std::string text = address;
  OPENSSL_free(address);
  return text;
}

}  // namespace

void PeerCertificates::attach(SSL_CTX* context) {
  static const int place =
      SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, &free_with_context);
  auto mine = std::make_unique<PeerCertificates>();
  if (SSL_CTX_set_ex_data(context, place, mine.get()) != 1) return;  // then nothing is let go
  SSL_CTX_set_cert_verify_callback(context, &PeerCertificates::verify, mine.release());
}

int PeerCertificates::verify(X509_STORE_CTX* check, void* self) {
  const int answer = X509_verify_cert(check);
  if (answer > 0) static_cast<PeerCertificates*>(self)->let_go(check);
  return answer;
}

void PeerCertificates::let_go(X509_STORE_CTX* check) {
  X509_STORE_CTX_set0_verified_chain(check, nullptr);
  STACK_OF(X509)* sent = X509_STORE_CTX_get0_untrusted(check);
  if (sent == nullptr) return;
  while (sk_X509_num(sent) > 1) X509_free(sk_X509_pop(sent));
  X509* own = sk_X509_value(sent, 0);
  if (own == nullptr) return;
  auto& known = own_[wanted_name(check)];
  if (!known || X509_cmp(known.get(), own) != 0) {
    X509_up_ref(own);
    known.reset(own);
    return;
  }
  X509_up_ref(known.get());
  sk_X509_set(sent, 0, known.get());
  X509_STORE_CTX_set_cert(check, known.get());
  X509_STORE_CTX_set_current_cert(check, known.get());
  X509_free(own);
}

}  // namespace imapkeep
