// Who asks for tokens, as options and files say it; and what does not fit together.
#include "auth/token_client.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "daemon/base/bytes.h"
#include "tests/auth/rsa_key.h"
#include "tests/support/memory_files.h"

namespace imapkeep {
namespace {

using Json = nlohmann::json;

class NoPrograms final : public Process {
 public:
  Result<std::string> output_of(const std::vector<std::string>&, Duration) override {
    return config_error("there are none");
  }
};

struct Desk {
  MemoryDisk disk;
  NoPrograms programs;
  ProcessEnvironment environment;
  OAuthOptions options;
  RequestStamp stamp{from_unix_ms(1'700'000'000'000), "0123"};

  Desk() {
    environment.variable = [](const std::string&) { return std::nullopt; };
    environment.real_path = [](const std::string& path) { return path; };
    environment.working_directory = "/";
    options.issuer = "https://as.example";
    options.endpoints.token = "https://as.example/token";
    options.scope = "mail";
    options.client.id = "client";
  }
  Result<TokenClient> read() {
    return TokenClientReader(options, "anna", disk, programs, environment).read(stamp);
  }
  std::string complaint() {
    const auto client = read();
    REQUIRE_FALSE(client);
    CHECK(client.error().trouble == Trouble::kConfig);
    return client.error().what;
  }
  void service_account() {
    disk.put("/key.json", Json{{"type", "service_account"},
                               {"client_id", "1234567890"},
                               {"client_email", "keeper@p.example"},
                               {"private_key_id", "k1"},
                               {"private_key", kRsaPrivateKey},
                               {"token_uri", "https://oauth2.example/token"}}
                              .dump());
    options.client = {};
    options.client.file = "/key.json";
    options.flow = OAuthFlow::kServiceAccount;
  }
};

Json part(const Secret& jwt, int number) {
  std::string text(jwt.reveal());
  for (; number > 0; --number) text.erase(0, text.find('.') + 1);
  text.resize(std::min(text.find('.'), text.size()));
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  while (text.size() % 4 != 0) text += '=';
  return Json::parse(from_base64(text).value_or("null"));
}

}  // namespace

TEST_CASE("a public client, and one with a secret") {
  Desk desk;
  auto client = desk.read();
  REQUIRE(client);
  CHECK(client->key == GrantKey{"https://as.example", "client", "anna", "mail"});
  CHECK(client->caller.endpoint == "https://as.example/token");
  CHECK(client->caller.proof == ClientProof::kNone);
  CHECK_FALSE(client->has_own_key());
  desk.disk.put("/secret", "swordfish\n");
  desk.options.client.secret = SecretFile{"/secret"};
  desk.options.user = "boss";
  desk.options.issuer.clear();
  client = desk.read();
  REQUIRE(client);
  CHECK(client->key == GrantKey{"https://as.example/token", "client", "boss", "mail"});
  CHECK(client->caller.proof == ClientProof::kSecretPost);
  CHECK(client->caller.secret.reveal() == "swordfish");
}

TEST_CASE("Google's desktop client") {
  Desk desk;
  desk.disk.put("/client.json",
                R"({"installed":{"client_id":"1.apps.example","client_secret":"swordfish"}})");
  desk.options.client = {};
  desk.options.client.file = "/client.json";
  const auto client = desk.read();
  REQUIRE(client);
  CHECK(client->key.client_id == "1.apps.example");
  CHECK(client->caller.secret.reveal() == "swordfish");
  desk.options.flow = OAuthFlow::kServiceAccount;
  CHECK(desk.complaint().starts_with("the client file /client.json is a \"Desktop app\" client"));
}

TEST_CASE("a service account acts for the account's user, at the endpoint of its own file") {
  Desk desk;
  desk.service_account();
  const auto client = desk.read();
  REQUIRE(client);
  CHECK(client->has_own_key());
  CHECK(client->key == GrantKey{"https://as.example", "keeper@p.example", "anna", "mail"});
  CHECK(client->caller.endpoint == "https://oauth2.example/token");
  CHECK(client->delegated_id == "1234567890");
  CHECK(part(client->assertion, 0) == Json{{"alg", "RS256"}, {"typ", "JWT"}, {"kid", "k1"}});
  CHECK(part(client->assertion, 1) == Json{{"iss", "keeper@p.example"},
                                           {"sub", "anna"},
                                           {"scope", "mail"},
                                           {"aud", "https://oauth2.example/token"},
                                           {"iat", 1'699'999'970},
                                           {"exp", 1'700'000'600}});
  desk.options.flow = OAuthFlow::kCode;
  CHECK(desk.complaint() ==
        "the client file /key.json is a service account's key: say `flow: service-account`");
  desk.options.client = {};
  desk.options.flow = OAuthFlow::kServiceAccount;
  CHECK(desk.complaint() ==
        "`flow: service-account` needs the JSON file of a service account's key");
}

TEST_CASE("client credentials belong to nobody, and are proved by a secret or a certificate") {
  Desk desk;
  desk.options.flow = OAuthFlow::kClientCredentials;
  CHECK(desk.complaint() == "`flow: client-credentials` needs the client's secret or certificate");
  desk.disk.put("/both.pem", std::string(kRsaCertificate) + kRsaPrivateKey);
  desk.options.client.certificate = SecretFile{"/both.pem"};
  const auto client = desk.read();
  REQUIRE(client);
  CHECK(client->key.user.empty());
  CHECK(client->caller.proof == ClientProof::kAssertion);
  CHECK(part(client->caller.secret, 0) ==
        Json{{"alg", "PS256"}, {"typ", "JWT"}, {"x5t#S256", kRsaCertificateDigest}});
  CHECK(part(client->caller.secret, 1) == Json{{"iss", "client"},
                                               {"sub", "client"},
                                               {"aud", "https://as.example/token"},
                                               {"jti", "0123"},
                                               {"iat", 1'699'999'970},
                                               {"exp", 1'700'000'600}});
  // The issuer is as good an audience where nobody has said the endpoint.
  desk.options.endpoints.token.clear();
  const auto other = desk.read();
  REQUIRE(other);
  CHECK(part(other->caller.secret, 1)["aud"] == "https://as.example");
  desk.disk.put("/certificate.pem", kRsaCertificate);
  desk.options.client.certificate = SecretFile{"/certificate.pem"};
  CHECK(desk.complaint() == "the key of the client's certificate: is not a private key in PEM");
}

}  // namespace imapkeep
