#include "auth/jwt.h"

#include <openssl/core_names.h>
#include <openssl/decoder.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "auth/pkce.h"
#include "daemon/base/bytes.h"
#include "daemon/base/hash.h"

namespace imapkeep {
namespace {

using Json = nlohmann::json;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

/// What stands between "-----BEGIN …`label`-----" and its end, both included; empty: there is none.
std::string_view pem_block(std::string_view pem, std::string_view label) {
  const std::string first_end = std::string(label) + "-----";
  const std::size_t named = pem.find(first_end);
  if (named == std::string_view::npos) return {};
  const std::size_t begin = pem.rfind("-----BEGIN ", named);
  const std::size_t last = pem.find("-----END ", named);
  if (begin == std::string_view::npos || last == std::string_view::npos) return {};
  const std::size_t end = pem.find("-----", last + 9);
  if (end == std::string_view::npos) return {};
  return pem.substr(begin, end + 5 - begin);
}

Result<Key> read_key(const Secret& pem) {
  const std::string_view block = pem_block(pem.reveal(), "PRIVATE KEY");
  if (block.empty()) return config_error("is not a private key in PEM");
  if (block.find("ENCRYPTED") != std::string_view::npos)
    return config_error(
        "is locked by a passphrase; take that off (`openssl pkey -in KEY -out NEW`) and let file "
        "permissions protect the key");
  EVP_PKEY* found = nullptr;
  using Decoder = std::unique_ptr<OSSL_DECODER_CTX, decltype(&OSSL_DECODER_CTX_free)>;
  const Decoder decoder(OSSL_DECODER_CTX_new_for_pkey(&found, "PEM", nullptr, nullptr,
                                                      EVP_PKEY_KEYPAIR, nullptr, nullptr),
                        &OSSL_DECODER_CTX_free);
  const auto* at = reinterpret_cast<const unsigned char*>(block.data());
  std::size_t left = block.size();
  const bool read = decoder && OSSL_DECODER_from_data(decoder.get(), &at, &left) == 1;
  Key key(found, &EVP_PKEY_free);
  if (!read || !key) return config_error("is not a private key that OpenSSL can read");
  if (EVP_PKEY_is_a(key.get(), "RSA") != 1) return config_error("is not an RSA key");
  return key;
}

std::optional<std::string> sign(EVP_PKEY* key, JwtAlgorithm algorithm, std::string_view text) {
  using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;
  const Context context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  std::string padding = algorithm == JwtAlgorithm::kPs256 ? OSSL_PKEY_RSA_PAD_MODE_PSS
                                                          : OSSL_PKEY_RSA_PAD_MODE_PKCSV15;
  std::string salt = OSSL_PKEY_RSA_PSS_SALT_LEN_DIGEST;
  OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE, padding.data(), 0),
      algorithm == JwtAlgorithm::kPs256
          ? OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, salt.data(), 0)
          : OSSL_PARAM_construct_end(),
      OSSL_PARAM_construct_end()};
  if (!context ||
      EVP_DigestSignInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr, key, params) != 1)
    return std::nullopt;
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t size = 0;
  if (EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) != 1) return std::nullopt;
  std::string signature(size, '\0');
  auto* out = reinterpret_cast<unsigned char*>(signature.data());
  if (EVP_DigestSign(context.get(), out, &size, bytes, text.size()) != 1) return std::nullopt;
  signature.resize(size);
  return signature;
}

void put(Json& object, const char* name, const std::string& value) {
  if (!value.empty()) object[name] = value;
}

/// Names and addresses come from files that people write.
std::string part(const Json& object) {
  return unpadded_base64url(object.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace

Result<Secret> signed_jwt(const Jwt& jwt, const Secret& private_key) {
  const auto key = read_key(private_key);
  if (!key) return key.error();
  Json header{{"alg", jwt.algorithm == JwtAlgorithm::kPs256 ? "PS256" : "RS256"}, {"typ", "JWT"}};
  put(header, "kid", jwt.key_id);
  put(header, "x5t#S256", jwt.certificate_digest);
  Json claims{{"iat", unix_seconds(jwt.issued)}, {"exp", unix_seconds(jwt.expires)}};
  put(claims, "iss", jwt.issuer);
  put(claims, "sub", jwt.subject);
  put(claims, "aud", jwt.audience);
  put(claims, "scope", jwt.scope);
  put(claims, "jti", jwt.id);
  std::string text = part(header) + "." + part(claims);
  const auto signature = sign(key->get(), jwt.algorithm, text);
  if (!signature) return config_error("is a key that does not sign; is it shorter than 2048 bits?");
  return Secret(text + "." + unpadded_base64url(*signature));
}

Result<std::string> certificate_digest(std::string_view pem) {
  const std::string_view block = pem_block(pem, "BEGIN CERTIFICATE");
  std::string base64;
  if (!block.empty()) {
    const std::size_t begin = block.find("-----", 11) + 5;
    for (const char c : block.substr(begin, block.rfind("-----END ") - begin))
      if (c != '\n' && c != '\r' && c != ' ') base64 += c;
  }
  const auto der = from_base64(base64);
  if (!der || der->empty()) return config_error("is not a certificate in PEM");
  const Sha256Digest digest = Sha256::of(*der);
  return unpadded_base64url(
      {reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size()});
}

}  // namespace imapkeep
