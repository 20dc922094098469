#include "auth/new_grant.h"

#include <catch2/catch.hpp>

using namespace imapkeep;

TEST_CASE("new grant: the scope must be what was asked for") {
  Tokens tokens;
  CHECK(check_scope(tokens, "imap offline_access"));  // not said: as asked
  tokens.scope = "contacts imap";
  CHECK(check_scope(tokens, "imap offline_access"));
  tokens.scope = "contacts";
  const auto checked = check_scope(tokens, "imap");
  REQUIRE_FALSE(checked);
  CHECK(checked.error().trouble == Trouble::kLogin);
  CHECK(checked.error().what.find("`contacts`") != std::string::npos);
}

TEST_CASE("new grant: what is kept") {
  Tokens tokens;
  tokens.access = Secret("a");
  tokens.refresh = Secret("r");
  tokens.lifetime = std::chrono::seconds(100);
  tokens.refresh_lifetime = std::chrono::seconds(1000);
  const GrantKey key{"issuer", "client", "me", "mail"};
  const Grant grant = new_grant(key, tokens, "https://t", true, from_unix_ms(5000));
  CHECK(grant.key == key);
  CHECK(grant.token_endpoint == "https://t");
  CHECK(grant.secret_in_header);
  CHECK(unix_ms(grant.granted) == 5000);
  CHECK(unix_ms(grant.expires) == 105'000);
  REQUIRE(grant.refresh_expires);
  CHECK(unix_ms(*grant.refresh_expires) == 1'005'000);
  CHECK(grant.previous_refresh_token.empty());
}
