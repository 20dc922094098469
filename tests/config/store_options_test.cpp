// What a store says of itself, whatever kind it is.
#include "sync/store/options.h"

#include <catch2/catch.hpp>

namespace imapkeep {

TEST_CASE("a Maildir says what it is, where, and whether it is another's") {
  StoreOptions options = MaildirOptions{"/srv/{user}", 1};
  CHECK(describe(options).kind == "Maildir");
  CHECK(describe(options).place == "/srv/{user}");
  place_of(options) = "/srv/me";
  CHECK(describe(options).place == "/srv/me");
  CHECK(own_directory_of(options) == "/srv/me");
  CHECK(own_directory_of(StoreOptions()).empty());
  CHECK(same_place(options, MaildirOptions{"/srv/me", 2}));  // whatever must stay free there
  CHECK_FALSE(same_place(options, MaildirOptions{"/srv/me2", 1}));
  CHECK(trouble_with(options).empty());
  CHECK(trouble_with(MaildirOptions{"/"}) == "cannot be `/`");
}

}  // namespace imapkeep
