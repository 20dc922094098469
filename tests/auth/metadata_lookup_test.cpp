#include "auth/metadata_lookup.h"

#include <catch2/catch.hpp>

#include "tests/support/scripted_http.h"
#include "tests/support/sim_world.h"

using namespace imapkeep;

namespace {

const std::string kIssuer = "https://as.example/tenant";
const std::string kDocument =
    R"({"issuer":"https://as.example/tenant","token_endpoint":"https://as.example/t",)"
    R"("authorization_endpoint":"https://as.example/a"})";

struct Lookup {
  SimWorld time;
  ScriptedHttp http{time};
  std::optional<Result<ServerMetadata>> told;

  void run() {
    MetadataLookup lookup(http, kIssuer, "/ca.pem");
    const auto operation = lookup.start([&](Result<ServerMetadata> found) { told = found; });
    CHECK_FALSE(told);
    time.run_until_idle();
    REQUIRE(told);
  }
};

}  // namespace

TEST_CASE("metadata: the second place is asked when the first has no document") {
  Lookup lookup;
  lookup.http.will_answer(404, "<html>nothing</html>");
  lookup.http.will_answer(200, kDocument);
  lookup.run();
  REQUIRE(*lookup.told);
  CHECK((**lookup.told).endpoints.token == "https://as.example/t");
  REQUIRE(lookup.http.asked.size() == 2);
  CHECK(lookup.http.asked[0].url ==
        "https://as.example/.well-known/oauth-authorization-server/tenant");
  CHECK(lookup.http.asked[1].url == "https://as.example/tenant/.well-known/openid-configuration");
  CHECK(lookup.http.asked[1].ca_file == "/ca.pem");
}

TEST_CASE("metadata: no document anywhere is the server's trouble, and says whose") {
  Lookup lookup;
  lookup.http.will_answer(404, "");
  lookup.http.will_answer(500, "");
  lookup.run();
  CHECK(lookup.told->error().trouble == Trouble::kServer);
  CHECK(lookup.told->error().what.find(kIssuer) != std::string::npos);
  CHECK(lookup.told->error().what.find("500") != std::string::npos);
}

TEST_CASE("metadata: another issuer's document ends it at once") {
  Lookup lookup;
  lookup.http.will_answer(200, R"({"issuer":"https://evil.example"})");
  lookup.http.will_answer(200, kDocument);
  lookup.run();
  CHECK(lookup.told->error().trouble == Trouble::kConfig);
  CHECK(lookup.http.asked.size() == 1);
}

TEST_CASE("metadata: without a network nobody is asked twice") {
  Lookup lookup;
  lookup.http.will_fail(server_error("no route to host"));
  lookup.http.will_answer(200, kDocument);
  lookup.run();
  CHECK(lookup.told->error().what.find("no route to host") != std::string::npos);
  CHECK(lookup.http.asked.size() == 1);
}

TEST_CASE("metadata: what a flow needs") {
  OAuthOptions options;
  CHECK_FALSE(knows_endpoints(options));
  options.endpoints.token = "https://as.example/t";
  CHECK_FALSE(knows_endpoints(options));
  CHECK(check_endpoints(options).error().what.find("authorization") != std::string::npos);
  options.endpoints.authorization = "https://as.example/a";
  CHECK(knows_endpoints(options));
  CHECK(check_endpoints(options));
  options.flow = OAuthFlow::kDevice;
  CHECK_FALSE(knows_endpoints(options));
  CHECK(check_endpoints(options).error().what.find("`flow: code`") != std::string::npos);
  options.flow = OAuthFlow::kServiceAccount;
  CHECK(knows_endpoints(options));
}
