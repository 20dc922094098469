#include "daemon/io/peer_certificates.h"

#include "daemon/io/tls_context.h"
#include "tests/daemon/io/test_authority.h"

using namespace imapkeep;

namespace {

using Ssl = std::unique_ptr<SSL, decltype(&SSL_free)>;

/// A client that has verified the server and read what came behind the handshake; no sockets.
Ssl client_of(const TlsContext& context, SSL_CTX* server_context, const char* name) {
  Ssl client(SSL_new(context.get()), &SSL_free);
  const Ssl server(SSL_new(server_context), &SSL_free);
  BIO* near = nullptr;
  BIO* far = nullptr;
  REQUIRE(BIO_new_bio_pair(&near, 0, &far, 0) == 1);
  SSL_set_bio(client.get(), near, near);
  SSL_set_bio(server.get(), far, far);
  SSL_set_verify(client.get(), SSL_VERIFY_PEER, nullptr);
  REQUIRE(SSL_set1_host(client.get(), name) == 1);
  SSL_set_connect_state(client.get());
  SSL_set_accept_state(server.get());
  for (int i = 0; i < 10; ++i) {
    SSL_do_handshake(client.get());
    SSL_do_handshake(server.get());
  }
  REQUIRE(SSL_is_init_finished(client.get()));
  REQUIRE(SSL_write(server.get(), "x", 1) == 1);
  char byte = 0;
  REQUIRE(SSL_read(client.get(), &byte, 1) == 1);  // and the session tickets before it
  return client;
}

}  // namespace

TEST_CASE("a chain is let go when it is verified, and equal certificates are one") {
  const Authority ca;
  const TestIdentity good = make_identity({"a", "DNS:localhost"}, &ca.middle);
  const TestIdentity renewed = make_identity({"b", "DNS:localhost"}, &ca.middle);
  const auto old_server = server_context(good, {ca.middle, ca.root});
  const auto new_server = server_context(renewed, {ca.middle, ca.root});
  TlsContexts contexts;
  const auto context = contexts.get(ca.scratch / "root.pem");
  REQUIRE(context);

  const Ssl first = client_of(*context, old_server.get(), "localhost");
  const Ssl second = client_of(*context, old_server.get(), "localhost");
  const Ssl third = client_of(*context, new_server.get(), "localhost");
  const Ssl fourth = client_of(*context, new_server.get(), "localhost");
  for (const Ssl* one : {&first, &second, &third, &fourth}) {
    CHECK(SSL_get_verify_result(one->get()) == X509_V_OK);
    CHECK(sk_X509_num(SSL_get_peer_cert_chain(one->get())) == 1);
    CHECK(SSL_get0_verified_chain(one->get()) == nullptr);
  }
  const X509* old_one = SSL_get0_peer_certificate(first.get());
  CHECK(SSL_get0_peer_certificate(second.get()) == old_one);
  CHECK(SSL_get0_peer_certificate(third.get()) != old_one);
  CHECK(SSL_get0_peer_certificate(fourth.get()) == SSL_get0_peer_certificate(third.get()));
}
