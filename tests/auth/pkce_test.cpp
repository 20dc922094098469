#include "auth/pkce.h"

#include <catch2/catch.hpp>
#include <set>

#include "tests/support/fixed_random.h"

using namespace imapkeep;

TEST_CASE("the challenge of RFC 7636, appendix B") {
  CHECK(pkce_challenge(Secret("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")) ==
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

TEST_CASE("base64url has neither padding nor the two letters that URLs escape") {
  CHECK(unpadded_base64url("") == "");
  CHECK(unpadded_base64url("\xfb\xef\xff") == "--__");
  CHECK(unpadded_base64url("a") == "YQ");
}

TEST_CASE("verifiers are long enough, made of the right letters, and never twice the same") {
  FixedRandom random;
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const Secret verifier = make_pkce_verifier(random);
    CHECK(verifier.reveal().size() == 43);
    CHECK(verifier.reveal().find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                              "0123456789-_") == std::string::npos);
    seen.emplace(verifier.reveal());
  }
  CHECK(seen.size() == 100);
  CHECK(random_text(random, 3).reveal().size() == 32);  // 192 bits
}

TEST_CASE("equality") {
  CHECK(equal_in_constant_time("", ""));
  CHECK(equal_in_constant_time("abc", "abc"));
  CHECK_FALSE(equal_in_constant_time("abc", "abd"));
  CHECK_FALSE(equal_in_constant_time("abc", "ab"));
}
