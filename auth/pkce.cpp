#include "auth/pkce.h"

#include <openssl/crypto.h>

#include <algorithm>

#include "daemon/base/hash.h"

namespace imapkeep {

std::string unpadded_base64url(ByteView bytes) {
  std::string text = to_base64(bytes);
  text.erase(std::find(text.begin(), text.end(), '='), text.end());
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

Secret random_text(Random& random, int words) {
  std::string bytes;
  bytes.reserve(static_cast<std::size_t>(words) * 8);
  for (int word = 0; word < words; ++word) {
    std::uint64_t value = random.next_u64();
    for (int byte = 0; byte < 8; ++byte, value >>= 8U) bytes += static_cast<char>(value & 0xffU);
  }
  Secret text(unpadded_base64url(bytes));
  wipe(bytes);
  return text;
}

Secret make_pkce_verifier(Random& random) { return random_text(random, 4); }

std::string pkce_challenge(const Secret& verifier) {
  const Sha256Digest digest = Sha256::of(verifier.reveal());
  return unpadded_base64url(
      {reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size()});
}

bool equal_in_constant_time(std::string_view one, std::string_view other) {
  return one.size() == other.size() && CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

}  // namespace imapkeep
