#include "auth/sealed_box.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <memory>
#include <utility>

#include "auth/unsigned_bytes.h"

namespace imapkeep {
namespace {

constexpr std::size_t kLeastKey = 32;
constexpr int kNonce = 12;
constexpr int kTag = 16;

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

std::optional<std::string> hkdf(std::string_view key, std::string_view info, std::size_t size) {
  using Kdf = std::unique_ptr<EVP_KDF, decltype(&EVP_KDF_free)>;
  using Context = std::unique_ptr<EVP_KDF_CTX, decltype(&EVP_KDF_CTX_free)>;
  const Kdf kdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr), &EVP_KDF_free);
  if (!kdf) return std::nullopt;
  const Context context(EVP_KDF_CTX_new(kdf.get()), &EVP_KDF_CTX_free);
  std::string digest = "SHA256";
  std::string input(key);
  std::string purpose(info);
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, input.data(), input.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, purpose.data(), purpose.size()),
      OSSL_PARAM_construct_end()};
  std::string out(size, '\0');
  const bool good =
      context && EVP_KDF_derive(context.get(), unsigned_bytes(out), size, params) == 1;
  wipe(input);
  if (!good) return std::nullopt;
  return out;
}

}  // namespace

Result<BoxKey> BoxKey::derive(const Secret& store_key) {
  if (store_key.reveal().size() < kLeastKey)
    return config_error(
        "the key for the tokens is shorter than 32 bytes; make one with "
        "`openssl rand -hex 32`");
  auto key = hkdf(store_key.reveal(), "imapkeep tokens v1", 32);
  const auto id = hkdf(store_key.reveal(), "imapkeep tokens v1 key id", 4);
  if (!key || !id) return store_error("OpenSSL derives no key (HKDF)");
  return BoxKey(Secret(std::move(*key)), to_hex(*id));
}

Result<std::string> BoxKey::seal(const Secret& plain, std::string_view beside) const {
  const Error failed = store_error("OpenSSL does not encrypt (AES-256-GCM)");
  const std::string_view text = plain.reveal();
  std::string box(kNonce + text.size() + kTag, '\0');
  const Cipher cipher(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  int size = 0;
  // A random nonce of 96 bits: a grant is written once an hour and not 2^32 times.
  if (!cipher || RAND_bytes(unsigned_bytes(box), kNonce) != 1 ||
      EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, unsigned_bytes(key_.reveal()),
                         unsigned_bytes(box)) != 1 ||
      EVP_EncryptUpdate(cipher.get(), nullptr, &size, unsigned_bytes(beside),
                        static_cast<int>(beside.size())) != 1 ||
      EVP_EncryptUpdate(cipher.get(), unsigned_bytes(box) + kNonce, &size, unsigned_bytes(text),
                        static_cast<int>(text.size())) != 1)
    return failed;
  unsigned char* end = unsigned_bytes(box) + kNonce + size;
  if (EVP_EncryptFinal_ex(cipher.get(), end, &size) != 1 ||
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTag, end) != 1)
    return failed;
  return box;
}

std::optional<Secret> BoxKey::open(std::string_view box, std::string_view beside) const {
  if (box.size() < kNonce + kTag) return std::nullopt;
  const std::string_view sealed = box.substr(kNonce, box.size() - kNonce - kTag);
  std::string tag(box.substr(box.size() - kTag));
  std::string text(sealed.size(), '\0');
  const Cipher cipher(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  int size = 0;
  const bool good =
      cipher &&
      EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, unsigned_bytes(key_.reveal()),
                         unsigned_bytes(box)) == 1 &&
      EVP_DecryptUpdate(cipher.get(), nullptr, &size, unsigned_bytes(beside),
                        static_cast<int>(beside.size())) == 1 &&
      EVP_DecryptUpdate(cipher.get(), unsigned_bytes(text), &size, unsigned_bytes(sealed),
                        static_cast<int>(sealed.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTag, tag.data()) == 1 &&
      EVP_DecryptFinal_ex(cipher.get(), unsigned_bytes(text) + size, &size) == 1;
  if (good) return Secret(std::move(text));
  wipe(text);
  return std::nullopt;
}

}  // namespace imapkeep
