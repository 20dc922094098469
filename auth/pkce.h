// What makes one attempt at a login unlike every other: the verifier of PKCE (RFC 7636, S256 only),
// which proves at the token endpoint who asked for the code, and `state`, which proves that an
// answer belongs to this attempt.
#pragma once

#include <string>
#include <string_view>

#include "daemon/base/bytes.h"
#include "daemon/base/random.h"
#include "daemon/base/secret.h"

namespace imapkeep {

/// RFC 4648 §5, without padding: what URLs and JWTs carry.
std::string unpadded_base64url(ByteView bytes);

/// `words` times 64 bits of chance, in base64url.
Secret random_text(Random& random, int words);

/// 43 characters, from 256 bits.
Secret make_pkce_verifier(Random& random);
std::string pkce_challenge(const Secret& verifier);

/// Whether they are equal, in a time that does not say where they differ.
bool equal_in_constant_time(std::string_view one, std::string_view other);

}  // namespace imapkeep
