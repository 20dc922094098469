#include "auth/sasl_scram.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <optional>

#include "auth/sasl_name.h"
#include "auth/unsigned_bytes.h"
#include "daemon/base/bytes.h"
#include "daemon/base/hash.h"

namespace imapkeep {
namespace {

constexpr std::uint64_t kFewestRounds = 4096;  // RFC 7677 §4
// Each costs two hashes on the loop: a server must not make us count for minutes.
constexpr std::uint64_t kMostRounds = 600'000;

std::string hmac(std::string_view key, std::string_view text) {
  std::string out(32, '\0');
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), unsigned_bytes(text), text.size(),
       reinterpret_cast<unsigned char*>(out.data()), &size);
  return out;
}

std::string sha256(std::string_view text) {
  const auto digest = Sha256::of(text);
  return {reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size()};
}

/// Takes `x=…` off the front, up to the next comma.
std::optional<std::string_view> take(std::string_view& rest, char name) {
  if (rest.size() < 2 || rest[0] != name || rest[1] != '=') return std::nullopt;
  const std::size_t end = std::min(rest.find(','), rest.size());
  const std::string_view value = rest.substr(2, end - 2);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return value;
}

}  // namespace

Result<std::string> SaslScram::initial_response() {
  if (credentials_.user.empty()) return login_error("the user name is empty");
  if (credentials_.secret.empty()) return login_error("the password is empty");
  gs2_ = "n,";
  if (!credentials_.authzid.empty()) gs2_ += "a=" + sasl_name(credentials_.authzid);
  gs2_ += ",";
  first_bare_ = "n=" + sasl_name(credentials_.user) + ",r=" + nonce_;
  return gs2_ + first_bare_;
}

Result<std::string> SaslScram::respond(std::string_view challenge) {
  switch (stage_) {
    case Stage::kFirst:
      return prove(challenge);
    case Stage::kFinal:
      return check(challenge);
    case Stage::kProved:
      break;
  }
  return login_error("the server asked for more after the end of the login");
}

Result<std::string> SaslScram::prove(std::string_view server_first) {
  std::string_view rest = server_first;
  const auto nonce = take(rest, 'r');
  const auto salt_text = take(rest, 's');
  const auto rounds_text = take(rest, 'i');
  const auto salt = salt_text ? from_base64(*salt_text) : std::nullopt;
  const auto rounds = rounds_text ? parse_u64(*rounds_text) : std::nullopt;
  if (!nonce || !salt || salt->empty() || !rounds)
    return login_error("the server's part of SCRAM-SHA-256 cannot be understood");
  // A nonce that is not built on ours may be an old conversation played again.
  if (!nonce->starts_with(nonce_) || nonce->size() == nonce_.size())
    return login_error("the server's part of SCRAM-SHA-256 is not about this login");
  if (*rounds < kFewestRounds || *rounds > kMostRounds)
    return login_error("the server asks for " + std::to_string(*rounds) +
                       " rounds of SCRAM-SHA-256; 4096 to 600000 are sensible");
  const std::string_view password = credentials_.secret.reveal();
  std::string salted(32, '\0');
  PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), unsigned_bytes(*salt),
                    static_cast<int>(salt->size()), static_cast<int>(*rounds), EVP_sha256(), 32,
                    reinterpret_cast<unsigned char*>(salted.data()));
  std::string client_key = hmac(salted, "Client Key");
  const std::string server_key = hmac(salted, "Server Key");
  wipe(salted);
  const std::string final_bare = "c=" + to_base64(gs2_) + ",r=" + std::string(*nonce);
  const std::string said = first_bare_ + "," + std::string(server_first) + "," + final_bare;
  const std::string signature = hmac(sha256(client_key), said);
  for (std::size_t i = 0; i < client_key.size(); ++i)
    client_key[i] = static_cast<char>(client_key[i] ^ signature[i]);
  server_signature_ = hmac(server_key, said);
  stage_ = Stage::kFinal;
  std::string proof = final_bare + ",p=" + to_base64(client_key);
  wipe(client_key);
  return proof;
}

Result<std::string> SaslScram::check(std::string_view server_final) {
  std::string_view rest = server_final;
  if (const auto error = take(rest, 'e'))
    return login_error("server said NO: " + printable(*error, 100));
  const auto text = take(rest, 'v');
  const auto signature = text ? from_base64(*text) : std::nullopt;
  if (!signature || signature->size() != server_signature_.size() ||
      CRYPTO_memcmp(signature->data(), server_signature_.data(), signature->size()) != 0)
    return login_error("the server does not know the password: is it the right one?");
  stage_ = Stage::kProved;
  return std::string();
}

}  // namespace imapkeep
