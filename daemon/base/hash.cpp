#include "daemon/base/hash.h"

#include <openssl/evp.h>
#include <xxhash.h>

#include <cstdlib>

namespace imapkeep {
namespace {

// OpenSSL's digests fail only when memory is gone or the library is broken; neither is a state in
// which a backup may go on and call something stored.
void must(int ok) {
  if (ok != 1) std::abort();
}

}  // namespace

std::string Sha256Digest::hex() const {
  return to_hex(ByteView(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

std::optional<Sha256Digest> Sha256Digest::from_hex(std::string_view hex) {
  const auto raw = imapkeep::from_hex(hex);
  Sha256Digest digest;
  if (!raw || raw->size() != digest.bytes.size()) return std::nullopt;
  for (std::size_t i = 0; i < raw->size(); ++i) {
    digest.bytes[i] = static_cast<std::uint8_t>((*raw)[i]);
  }
  return digest;
}

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  State() { must(EVP_DigestInit_ex(context, EVP_sha256(), nullptr)); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { EVP_MD_CTX_free(context); }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::update(ByteView bytes) {
  must(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()));
}

Sha256Digest Sha256::finish() {
  Sha256Digest digest;
  unsigned int length = 0;
  must(EVP_DigestFinal_ex(state_->context, digest.bytes.data(), &length));
  return digest;
}

Sha256Digest Sha256::of(ByteView bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.finish();
}

struct Xxh3::State {
  XXH3_state_t* state = XXH3_createState();
  State() { XXH3_64bits_reset(state); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { XXH3_freeState(state); }
};

Xxh3::Xxh3() : state_(std::make_unique<State>()) {}
Xxh3::Xxh3(Xxh3&&) noexcept = default;
Xxh3& Xxh3::operator=(Xxh3&&) noexcept = default;
Xxh3::~Xxh3() = default;

void Xxh3::update(ByteView bytes) { XXH3_64bits_update(state_->state, bytes.data(), bytes.size()); }

std::uint64_t Xxh3::digest() const { return XXH3_64bits_digest(state_->state); }

std::uint64_t Xxh3::of(ByteView bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

}  // namespace imapkeep
