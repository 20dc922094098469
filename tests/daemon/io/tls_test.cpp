#include <sys/stat.h>

#include <future>

#include "daemon/io/tls_context.h"
#include "daemon/io/tls_errors.h"
#include "tests/daemon/io/test_authority.h"

using namespace imapkeep;
using namespace std::chrono_literals;

TEST_CASE("certificates that prove the server's name by a trusted CA are accepted") {
  const Authority ca;
  const TestIdentity good =
      make_identity({"whoever", "DNS:localhost,DNS:*.example.org,IP:127.0.0.1"}, &ca.middle);
  const TestIdentity self = make_identity({"self", "DNS:localhost"});
  put_file(ca.scratch / "self.pem", self.pem());
  put_file(ca.scratch / "leaf.pem", good.pem());
  const TestIdentity by_name_only = make_identity({"localhost", ""}, &ca.root);
  struct Case {
    const char* name;
    std::shared_ptr<SSL_CTX> context;
    TlsOptions options;
  };
  for (const Case& item : std::vector<Case>{
           {"chain of three",
            server_context(good, {ca.middle}),
            {"localhost", ca.scratch / "root.pem"}},
           {"chain with its root",
            server_context(good, {ca.middle, ca.root}),
            {"localhost", ca.scratch / "root.pem"}},
           {"wildcard",
            server_context(good, {ca.middle}),
            {"imap.example.org", ca.scratch / "root.pem"}},
           {"other case",
            server_context(good, {ca.middle}),
            {"LocalHost", ca.scratch / "root.pem"}},
           {"root dot",
            server_context(good, {ca.middle}),
            {"imap.example.org.", ca.scratch / "root.pem"}},
           {"address", server_context(good, {ca.middle}), {"127.0.0.1", ca.scratch / "root.pem"}},
           {"intermediate trusted",
            server_context(good, {ca.middle}),
            {"localhost", ca.scratch / "middle.pem"}},
           {"intermediate trusted, not sent",
            server_context(good),
            {"localhost", ca.scratch / "middle.pem"}},
           {"leaf trusted", server_context(good), {"localhost", ca.scratch / "leaf.pem"}},
           {"self-signed, trusted", server_context(self), {"localhost", ca.scratch / "self.pem"}},
           {"common name only",
            server_context(by_name_only),
            {"localhost", ca.scratch / "root.pem"}},
       }) {
    INFO(item.name);
    NetFixture world;
    const TestServer server(greeting(item.context));
    auto stream = world.dial({"127.0.0.1", server.port(), item.options});
    if (!stream) FAIL(stream.error().what);
    CHECK((*stream)->is_secure());
    Listener listener;
    (*stream)->start(listener);
    world.run_until([&] { return listener.bytes == "* OK ready\r\n"; });
  }
}

TEST_CASE("every other certificate is refused, with what to do") {
  const Authority ca;
  const auto leaf = [&](const TestCertificateWish& wish) {
    return server_context(make_identity(wish, &ca.middle), {ca.middle});
  };
  const TestIdentity old_middle = make_identity({"Old Middle", "", true, -20, -10}, &ca.root);
  const TestIdentity no_ca = make_identity({"No CA", ""}, &ca.root);
  const std::string root = ca.scratch / "root.pem";
  struct Case {
    const char* name;
    std::shared_ptr<SSL_CTX> context;
    TlsOptions options;
    std::vector<std::string> says;
  };
  for (const Case& item : std::vector<Case>{
           {"wrong name",
            leaf({"x", "DNS:mail.example.org,DNS:*.example.net,IP:192.0.2.7"}),
            {"localhost", root},
            {"is not for localhost but for mail.example.org, *.example.net, 192.0.2.7"}},
           {"wrong name, no names",
            leaf({"lonely", ""}),
            {"localhost", root},
            {"but for \"lonely\""}},
           {"name only in CN",
            leaf({"localhost", "DNS:other"}),
            {"localhost", root},
            {"but for other"}},
           {"wrong address",
            leaf({"x", "DNS:localhost,IP:127.0.0.2"}),
            {"127.0.0.1", root},
            {"is not for 127.0.0.1"}},
           {"wildcard over two levels",
            leaf({"x", "DNS:*.example.org"}),
            {"a.b.example.org", root},
            {"is not for a.b.example.org"}},
           {"hostile names", leaf({"x\x1b[31m", ""}), {"localhost", root}, {"\\x1b[31m"}},
           {"expired",
            leaf({"x", "DNS:localhost", false, -30, -2}),
            {"localhost", root},
            {"expired on 20", "clock says"}},
           {"not yet valid",
            leaf({"x", "DNS:localhost", false, 2, 30}),
            {"localhost", root},
            {"is valid only from 20", "check the clock"}},
           {"expired CA",
            server_context(make_identity({"x", "DNS:localhost"}, &old_middle), {old_middle}),
            {"localhost", root},
            {"the certificate \"Old Middle\" in the chain", "expired on"}},
           {"an address as a DNS name",
            leaf({"x", "DNS:127.0.0.1"}),
            {"127.0.0.1", root},
            {"is not for 127.0.0.1 but for 127.0.0.1 (as a DNS name)", "set tls.name"}},
           {"unknown CA",
            leaf({"x", "DNS:localhost"}),
            {"localhost", ca.scratch / "other.pem"},
            {"signed by \"Test Root\"", "set tls.ca"}},
           {"system's store", leaf({"x", "DNS:localhost"}), {"localhost", ""}, {"set tls.ca"}},
           {"self-signed",
            server_context(make_identity({"me", "DNS:localhost"})),
            {"localhost", root},
            {"is signed by itself", "set tls.ca"}},
           {"intermediate not sent",
            server_context(make_identity({"x", "DNS:localhost"}, &ca.middle)),
            {"localhost", root},
            {"signed by \"Test Middle\"", "not trusted"}},
           {"signed by what is no CA",
            server_context(make_identity({"x", "DNS:localhost"}, &no_ca), {no_ca}),
            {"localhost", root},
            {"refused"}},
       }) {
    INFO(item.name);
    NetFixture world;
    const TestServer server(greeting(item.context));
    const auto stream = world.dial({"127.0.0.1", server.port(), item.options});
    REQUIRE_FALSE(stream);
    const Error& error = stream.error();
    INFO(error.what);
    CHECK(error.trouble == Trouble::kServer);
    CHECK(error.remedy == Remedy::kNeedsOperator);
    CHECK(contains(error.what, "127.0.0.1:" + std::to_string(server.port())));
    for (const auto& part : item.says) CHECK(contains(error.what, part));
  }
}

TEST_CASE("one certificate is trusted by its fingerprint, and no other") {
  const TestIdentity old = make_identity({"bridge", "DNS:elsewhere", false, -30, -2});
  const TestServer server(greeting(server_context(old)));
  NetFixture world;
  TlsOptions options{"localhost"};
  const auto first = world.dial({"127.0.0.1", server.port(), options});
  REQUIRE_FALSE(first);
  // What is said is what is to be copied.
  options.fingerprint = fingerprint_of(old.certificate.get());
  REQUIRE(options.fingerprint);

  const TestServer again(greeting(server_context(old)));
  CHECK(world.dial({"127.0.0.1", again.port(), options}));

  const TestIdentity other = make_identity({"bridge", "DNS:localhost"});
  const TestServer impostor(greeting(server_context(other)));
  const auto refused = world.dial({"127.0.0.1", impostor.port(), options});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().remedy == Remedy::kNeedsOperator);
  CHECK(contains(refused.error().what, "sha256:" + fingerprint_of(other.certificate.get())->hex()));
  CHECK(contains(refused.error().what, "not tls.fingerprint"));
}

TEST_CASE("what a certificate that is not trusted is called is its fingerprint") {
  const TestIdentity own = make_identity({"me", "DNS:localhost"});
  const TestServer server(greeting(server_context(own)));
  NetFixture world;
  const auto refused = world.dial({"127.0.0.1", server.port(), TlsOptions{"localhost"}});
  REQUIRE_FALSE(refused);
  CHECK(contains(refused.error().what, "sha256:" + fingerprint_of(own.certificate.get())->hex()));
}

TEST_CASE("what is not TLS, or not good enough, is refused with what to do") {
  const Authority ca;
  const auto old = server_context(make_identity({"x", "DNS:localhost"}, &ca.root));
  SSL_CTX_set_security_level(old.get(), 0);
  SSL_CTX_set_min_proto_version(old.get(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(old.get(), TLS1_1_VERSION);
  SSL_CTX_set_cipher_list(old.get(), "ALL:@SECLEVEL=0");
  struct Case {
    const char* name;
    TestServer::Script script;
    std::string says;
    Remedy remedy;
  };
  const auto saying = [](const std::string& bytes) {
    return [bytes](TestPeer& peer) {
      peer.write(bytes);
      peer.read_all();
    };
  };
  for (const Case& item : std::vector<Case>{
           {"plain text IMAP", saying("* OK IMAP4rev1 ready\r\n"), "is it a plain text port?",
            Remedy::kNeedsOperator},
           {"HTTP", saying("HTTP/1.1 400 Bad Request\r\n\r\n"), "is it a plain text port?",
            Remedy::kNeedsOperator},
           {"garbage", saying(std::string(100, '\xff')), "is it a plain text port?",
            Remedy::kNeedsOperator},
           {"TLS 1.1", greeting(old), "older than 1.2", Remedy::kNeedsOperator},
           {"closes",
            [](TestPeer& peer) {
              char c = 0;
              peer.read(&c, 1);
            },
            "during the TLS handshake", Remedy::kRetrySoon},
           {"closes at once", [](TestPeer&) {}, "during the TLS handshake", Remedy::kRetrySoon},
       }) {
    INFO(item.name);
    NetFixture world;
    const TestServer server(item.script);
    const auto stream =
        world.dial({"127.0.0.1", server.port(), TlsOptions{"localhost", ca.scratch / "root.pem"}});
    REQUIRE_FALSE(stream);
    INFO(stream.error().what);
    CHECK(contains(stream.error().what, item.says));
    CHECK(stream.error().trouble == Trouble::kServer);
    CHECK(stream.error().remedy == item.remedy);
  }
}

TEST_CASE("TLS options that cannot work are the configuration's trouble") {
  const Authority ca;
  NetFixture world;
  const TestServer server([](TestPeer& peer) { peer.read_all(); });
  struct Case {
    TlsOptions options;
    std::string says;
  };
  for (const Case& item : std::vector<Case>{
           {{"localhost", ca.scratch / "missing.pem"}, "missing.pem: No such file"},
           {{"localhost", ca.scratch / "garbage.pem"}, "no certificate in PEM form"},
           {{"", ca.scratch / "root.pem"}, "needs the server's name"},
           {{".", ca.scratch / "root.pem"}, "needs the server's name"},
       }) {
    INFO(item.says);
    const auto stream = world.dial({"127.0.0.1", server.port(), item.options});
    REQUIRE_FALSE(stream);
    CHECK(contains(stream.error().what, item.says));
    CHECK(stream.error().trouble == Trouble::kConfig);
    CHECK(stream.error().remedy == Remedy::kNeedsOperator);
  }
}

TEST_CASE("names are told to the server, addresses are not (RFC 6066)") {
  const Authority ca;
  const auto context =
      server_context(make_identity({"x", "DNS:imap.example.org,IP:127.0.0.1"}, &ca.root));
  for (const std::string name : {"imap.example.org", "127.0.0.1"}) {
    NetFixture world;
    std::promise<std::string> told;
    const TestServer server([&](TestPeer& peer) {
      const bool fine = peer.secure(context.get());
      const char* sni = fine ? SSL_get_servername(peer.ssl(), TLSEXT_NAMETYPE_host_name) : "failed";
      told.set_value(sni != nullptr ? sni : "nothing");
      peer.read_all();
    });
    const auto stream =
        world.dial({"127.0.0.1", server.port(), TlsOptions{name, ca.scratch / "root.pem"}});
    CHECK(stream);
    CHECK(told.get_future().get() == (name == "127.0.0.1" ? "nothing" : name));
  }
}

TEST_CASE("one context serves all connections until its CA file changes") {
  const Scratch scratch;
  put_file(scratch / "ca.pem", make_identity({"one", "", true}).pem());
  TlsContexts contexts;
  const auto first = contexts.get(scratch / "ca.pem");
  REQUIRE(first);
  CHECK(*contexts.get(scratch / "ca.pem") == *first);
  CHECK(*contexts.get("") == *contexts.get(""));
  put_file(scratch / "new.pem", make_identity({"two", "", true}).pem());
  std::filesystem::rename(scratch / "new.pem", scratch / "ca.pem");
  const auto second = contexts.get(scratch / "ca.pem");
  REQUIRE(second);
  CHECK_FALSE(*second == *first);
  // Written again in place; its date moves with the kernel's tick.
  struct stat before {};
  struct stat after {};
  REQUIRE(stat((scratch / "ca.pem").c_str(), &before) == 0);
  do {
    put_file(scratch / "ca.pem", make_identity({"three", "", true}).pem());
    REQUIRE(stat((scratch / "ca.pem").c_str(), &after) == 0);
  } while (after.st_ctim.tv_sec == before.st_ctim.tv_sec &&
           after.st_ctim.tv_nsec == before.st_ctim.tv_nsec);
  const auto third = contexts.get(scratch / "ca.pem");
  REQUIRE(third);
  CHECK_FALSE(*third == *second);
}
