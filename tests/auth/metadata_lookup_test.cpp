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

TEST_CASE("metadata: unusable endpoints are refused, and those that are not used refuse nothing") {
  struct Row {
    const char* issuer;
    const char* url;
    bool good;
  };
  for (const Row& row : {
           Row{"https://as.example", "https://other.example:8443/a?b=c", true},
           Row{"https://as.example", "http://as.example/a", false},
           Row{"https://as.example", "http://127.0.0.1/a", false},
           Row{"https://as.example", "/a", false},
           Row{"https://as.example", "https://", false},
           Row{"https://as.example", "https:///a", false},
           Row{"https://as.example", "https://me:secret@as.example/a", false},
           Row{"https://as.example", "https://as.example/a#b", false},
           Row{"https://as.example", "https://as.example/a b", false},
           Row{"https://as.example", "javascript:alert(1)", false},
           Row{"http://127.0.0.1:3000", "http://127.0.0.1:3000/a", true},
           Row{"http://localhost:3000", "http://localhost:3000/a", true},
           Row{"http://127.0.0.1:3000", "http://as.example/a", false},
           Row{"", "http://127.0.0.1:3000/a", true},
       }) {
    INFO(row.issuer << " says " << row.url);
    OAuthOptions options;
    options.issuer = row.issuer;
    const std::string fine = *row.issuer ? std::string(row.issuer) + "/t" : "https://as.example/t";
    options.endpoints = {row.url, fine, "gopher://unused", "unused"};
    const auto first = check_endpoints(options);
    CHECK(first.has_value() == row.good);
    if (!first) {
      CHECK(first.error().trouble == Trouble::kConfig);
      CHECK(first.error().what.find("authorization endpoint `") != std::string::npos);
    }
    options.endpoints = {fine, row.url, "gopher://unused", "unused"};
    CHECK(check_endpoints(options).has_value() == row.good);
    options.flow = OAuthFlow::kDevice;
    options.endpoints = {"unused", fine, row.url, "unused"};
    CHECK(check_endpoints(options).has_value() == row.good);
  }
}
