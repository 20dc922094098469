#include "auth/spoken_secret.h"

#include <catch2/catch.hpp>

#include "daemon/base/bytes.h"

using namespace imapkeep;

namespace {

std::string masked(const std::string& secret, std::string text) {
  return SpokenSecret(Secret(secret)).masked(std::move(text));
}

}  // namespace

TEST_CASE("a secret that a server repeats is masked") {
  struct Row {
    std::string secret, text, shown;
  };
  const std::string token = "ya29." + std::string(2000, 'a');
  for (const Row& row : std::vector<Row>{
           {"swordfish", "bad password swordfish for me", "bad password *** for me"},
           {"swordfish", "swordfish swordfish", "*** ***"},
           {"swordfish", "sword fish", "sword fish"},
           {"sw\"rd", "LOGIN \"me\" \"sw\\\"rd\"", "LOGIN \"me\" \"***\""},
           {"s\xc3\xa9same", "no s\\xc3\\xa9same here", "no *** here"},
           {token, "token " + token + " is old", "token *** is old"},
           {token, "token " + token.substr(0, 1000), "token ***"},  // the text was cut
           {"1//ab cd/ef/gh/ij/kl/mn/op", "x=1%2F%2Fab%20cd%2Fef%2Fgh%2Fij%2Fkl%2Fmn%2Fop&y=1",
            "x=***&y=1"},
           {"abc", "abc is no abc", "abc is no abc"},
           {"", "nothing", "nothing"},
       }) {
    INFO(row.text);
    CHECK(masked(row.secret, row.text) == row.shown);
  }
}

TEST_CASE("so it is in base64, wherever it stands in what was encoded") {
  const std::string secret = "swordfish";
  for (const std::string before : {"", "a", "ab", "abc", "user=me\1auth=Bearer "}) {
    for (const std::string behind : {"", "x", "xy", "\1\1"}) {
      const std::string encoded = to_base64(before + secret + behind);
      INFO(encoded);
      CHECK(masked(secret, "NO " + encoded + " refused").find(encoded.substr(4, 8)) ==
            std::string::npos);
      CHECK(masked(secret, "NO x" + encoded).find(encoded.substr(4, 8)) == std::string::npos);
    }
  }
  const std::string other = to_base64("something else altogether");
  CHECK(masked(secret, "NO " + other) == "NO " + other);
}
