#include "daemon/base/hash.h"

#include <catch2/catch.hpp>

using namespace imapkeep;

TEST_CASE("both hashes are the published ones, however the bytes are cut") {
  const std::string text = "abc";
  const auto sha = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  CHECK(Sha256::of(text).hex() == sha);
  CHECK(Sha256Digest::from_hex(sha) == Sha256::of(text));
  CHECK_FALSE(Sha256Digest::from_hex("ba"));
  CHECK(to_hex(Xxh3::of("")) == "2d06800538d394c2");
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    Sha256 sha256;
    Xxh3 xxh3;
    for (const auto& part : {text.substr(0, cut), text.substr(cut)}) {
      sha256.update(part);
      xxh3.update(part);
    }
    CHECK(sha256.finish().hex() == sha);
    CHECK(xxh3.digest() == Xxh3::of(text));
  }
}
