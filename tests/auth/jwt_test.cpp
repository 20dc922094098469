// Assertions are what OpenSSL verifies with the public half, and what RFC 7515 and 7519 say.
#include "auth/jwt.h"

#include <openssl/core_names.h>
#include <openssl/decoder.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "daemon/base/bytes.h"
#include "tests/auth/rsa_key.h"

namespace imapkeep {
namespace {

using Json = nlohmann::json;

Jwt assertion(JwtAlgorithm algorithm) {
  Jwt jwt;
  jwt.algorithm = algorithm;
  jwt.key_id = "k1";
  jwt.issuer = "keeper@p.example";
  jwt.subject = "anna@example.org";
  jwt.audience = "https://as.example/token";
  jwt.scope = "https://mail.google.com/";
  jwt.issued = from_unix_ms(1'700'000'000'999);
  jwt.expires = from_unix_ms(1'700'003'600'000);
  return jwt;
}

std::vector<std::string> parts_of(std::string_view jwt) {
  std::vector<std::string> parts(1);
  for (const char c : jwt) {
    if (c == '.') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

std::string decoded(std::string text) {
  CHECK(text.find_first_of("+/=") == std::string::npos);
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  while (text.size() % 4 != 0) text += '=';
  const auto bytes = from_base64(text);
  REQUIRE(bytes);
  return *bytes;
}

/// By OpenSSL, with what is public of the key.
bool verifies(std::string_view jwt, const std::string& public_key, bool pss) {
  EVP_PKEY* found = nullptr;
  auto* decoder = OSSL_DECODER_CTX_new_for_pkey(&found, "PEM", nullptr, "RSA", EVP_PKEY_PUBLIC_KEY,
                                                nullptr, nullptr);
  const auto* at = reinterpret_cast<const unsigned char*>(public_key.data());
  std::size_t left = public_key.size();
  REQUIRE(OSSL_DECODER_from_data(decoder, &at, &left) == 1);
  OSSL_DECODER_CTX_free(decoder);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(found, &EVP_PKEY_free);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        &EVP_MD_CTX_free);
  char mode[] = "pss";
  int salt = 32;
  OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE, mode, 0),
                         OSSL_PARAM_construct_int(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, &salt),
                         OSSL_PARAM_construct_end()};
  REQUIRE(EVP_DigestVerifyInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr, key.get(),
                                  pss ? params : nullptr) == 1);
  const std::size_t dot = jwt.rfind('.');
  const std::string signature = decoded(std::string(jwt.substr(dot + 1)));
  return EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                          signature.size(), reinterpret_cast<const unsigned char*>(jwt.data()),
                          dot) == 1;
}

}  // namespace

TEST_CASE("RS256 and PS256 are what they say they are") {
  for (const auto algorithm : {JwtAlgorithm::kRs256, JwtAlgorithm::kPs256}) {
    const bool pss = algorithm == JwtAlgorithm::kPs256;
    const auto jwt = signed_jwt(assertion(algorithm), Secret(kRsaPrivateKey));
    REQUIRE(jwt);
    CHECK(verifies(jwt->reveal(), kRsaPublicKey, pss));
    CHECK_FALSE(verifies(jwt->reveal(), kRsaPublicKey, !pss));
    std::string changed(jwt->reveal());
    changed[changed.find('.') + 5] ^= 1;
    CHECK_FALSE(verifies(changed, kRsaPublicKey, pss));
    const auto parts = parts_of(jwt->reveal());
    REQUIRE(parts.size() == 3);
    CHECK(Json::parse(decoded(parts[0])) ==
          Json{{"alg", pss ? "PS256" : "RS256"}, {"typ", "JWT"}, {"kid", "k1"}});
    CHECK(Json::parse(decoded(parts[1])) == Json{{"iss", "keeper@p.example"},
                                                 {"sub", "anna@example.org"},
                                                 {"aud", "https://as.example/token"},
                                                 {"scope", "https://mail.google.com/"},
                                                 {"iat", 1'700'000'000},
                                                 {"exp", 1'700'003'600}});
  }
}

TEST_CASE("the key may stand beside its certificate, and the digest is of the certificate alone") {
  const std::string both = std::string(kRsaCertificate) + kRsaPrivateKey;
  const auto jwt = signed_jwt(assertion(JwtAlgorithm::kPs256), Secret(both));
  REQUIRE(jwt);
  CHECK(verifies(jwt->reveal(), kRsaPublicKey, true));
  for (const std::string& pem : {std::string(kRsaCertificate), both, kRsaPrivateKey + both}) {
    const auto digest = certificate_digest(pem);
    REQUIRE(digest);
    CHECK(*digest == kRsaCertificateDigest);
  }
}

TEST_CASE("what is no key says so, and says nothing of it") {
  const auto complaint = [](const std::string& pem) {
    const auto jwt = signed_jwt(Jwt{}, Secret(pem));
    REQUIRE_FALSE(jwt);
    CHECK(jwt.error().trouble == Trouble::kConfig);
    CHECK(jwt.error().what.find("swordfish") == std::string::npos);
    return jwt.error().what;
  };
  CHECK(complaint("swordfish") == "is not a private key in PEM");
  CHECK(complaint(kRsaCertificate) == "is not a private key in PEM");
  CHECK(complaint("-----BEGIN PRIVATE KEY-----\nswordfish\n") == "is not a private key in PEM");
  CHECK(complaint("-----BEGIN PRIVATE KEY-----\nswordfish\n-----END PRIVATE KEY-----\n") ==
        "is not a private key that OpenSSL can read");
  CHECK(complaint("-----BEGIN ENCRYPTED PRIVATE KEY-----\nswordfish\n"
                  "-----END ENCRYPTED PRIVATE KEY-----\n")
            .starts_with("is locked by a passphrase"));
  CHECK(complaint(kEcPrivateKey) == "is not an RSA key");
  for (const std::string& pem :
       {std::string("x"), std::string(kRsaPrivateKey),
        std::string("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"),
        std::string("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n")}) {
    const auto digest = certificate_digest(pem);
    REQUIRE_FALSE(digest);
    CHECK(digest.error().what == "is not a certificate in PEM");
  }
}

}  // namespace imapkeep
