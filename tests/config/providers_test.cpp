// Every provider of the table says what it must.
#include "config/providers.h"

#include <catch2/catch.hpp>
#include <set>

namespace imapkeep {

TEST_CASE("every provider has a host, steps, a source and a day") {
  std::set<std::string_view> names;
  for (const Provider& one : providers()) {
    INFO(one.name);
    CHECK(names.insert(one.name).second);
    CHECK(find_provider(one.name) == &one);
    CHECK_FALSE(one.title.empty());
    CHECK(one.host.find('.') != std::string_view::npos);
    CHECK((one.port == 993 && one.tls == TlsMode::kImplicit));
    CHECK_FALSE((one.client_steps.empty() && one.password_steps.empty()));
    CHECK(one.client_steps.empty() == one.flows.empty());
    CHECK_FALSE(one.sources.empty());
    CHECK(one.read_on.size() == 7);
    CHECK((one.idle_minutes >= 4 && one.idle_minutes <= 29));
    for (const auto url : {one.authorization, one.token, one.device, one.revocation, one.issuer})
      CHECK((url.empty() || url.starts_with("https://")));
    if (one.flows.empty()) continue;
    CHECK_FALSE(one.authorization.empty());
    CHECK_FALSE(one.token.empty());
    CHECK_FALSE(one.scope.empty());
    CHECK((one.token.find("{tenant}") == std::string_view::npos) == one.tenant.empty());
  }
  CHECK(find_provider("gmial") == nullptr);
}

}  // namespace imapkeep
