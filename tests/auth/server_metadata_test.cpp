#include "auth/server_metadata.h"

#include <catch2/catch.hpp>

using namespace imapkeep;

namespace {

HttpAnswer document(const std::string& body, int status = 200) {
  return {status, {}, Secret(body)};
}

HttpAnswer of_issuer(const std::string& issuer, const std::string& more = "") {
  return document(R"({"issuer":")" + issuer + R"(","token_endpoint":"https://t.example/t")" +
                  (more.empty() ? "" : "," + more) + "}");
}

}  // namespace

TEST_CASE("where an issuer's document is: RFC 8414 between host and path, OpenID behind it") {
  CHECK(metadata_urls("https://as.example") ==
        std::vector<std::string>{"https://as.example/.well-known/oauth-authorization-server",
                                 "https://as.example/.well-known/openid-configuration"});
  CHECK(metadata_urls("https://as.example/") == metadata_urls("https://as.example"));
  CHECK(
      metadata_urls("https://as.example:8443/a/b") ==
      std::vector<std::string>{"https://as.example:8443/.well-known/oauth-authorization-server/a/b",
                               "https://as.example:8443/a/b/.well-known/openid-configuration"});
}

TEST_CASE("a document is believed only of the issuer that was asked") {
  struct Case {
    const char* said;
    const char* asked;
    bool good;
  };
  for (const Case& item : {
           Case{"https://as.example", "https://as.example", true},
           Case{"https://as.example/", "https://as.example", false},
           Case{"https://AS.example", "https://as.example", false},
           Case{"https://evil.example", "https://as.example", false},
           Case{"https://login.microsoftonline.com/{tenantid}/v2.0",
                "https://login.microsoftonline.com/common/v2.0", true},
           Case{"https://login.microsoftonline.com/{tenantid}/v2.0",
                "https://login.microsoftonline.com/organizations/v2.0", true},
           Case{"https://login.microsoftonline.com/{tenantid}/v2.0",
                "https://login.microsoftonline.com/a/b/v2.0", false},
           Case{"https://login.microsoftonline.com/{tenantid}/v2.0",
                "https://login.microsoftonline.com//v2.0", false},
           Case{"https://login.microsoftonline.com/{tenantid}/v2.0",
                "https://login.microsoftonline.us/common/v2.0", false},
           Case{"https://as.example/{tenantid}", "https://as.example/common", false},
       }) {
    INFO(item.said << " for " << item.asked);
    const auto read = read_metadata(of_issuer(item.said), item.asked);
    CHECK(read.has_value() == item.good);
    if (!read) CHECK(read.error().trouble == Trouble::kConfig);
  }
}

TEST_CASE("what is no such document leads to the next place") {
  for (const char* body : {"", "<html>", "[]", "{}", R"({"issuer":7})"}) {
    const auto read = read_metadata(document(body), "https://as.example");
    REQUIRE_FALSE(read);
    CHECK(read.error().trouble == Trouble::kServer);
  }
  CHECK_FALSE(read_metadata({404, {}, of_issuer("https://as.example").body}, "https://as.example"));
}

TEST_CASE("a document in Latin-1 is read all the same") {
  CHECK(read_metadata(of_issuer("https://as.example", "\"service\":\"f\xfcr alle\""),
                      "https://as.example"));
}

TEST_CASE("what it can do, and what the operator wrote stays") {
  const auto read = read_metadata(
      of_issuer("https://as.example",
                R"("authorization_endpoint":"https://a","device_authorization_endpoint":"https://d",
                   "revocation_endpoint":"https://r",
                   "authorization_response_iss_parameter_supported":true,
                   "code_challenge_methods_supported":["plain","S256"],
                   "token_endpoint_auth_methods_supported":["client_secret_basic"])"),
      "https://as.example");
  REQUIRE(read);
  CHECK(read->endpoints ==
        OAuthEndpoints{"https://a", "https://t.example/t", "https://d", "https://r"});
  CHECK(read->issuer_in_redirect);
  CHECK(read->names_s256);
  CHECK(read->secret_in_header);
  OAuthOptions options;
  options.endpoints.token = "https://mine";
  fill_in(options, *read);
  CHECK(options.endpoints == OAuthEndpoints{"https://a", "https://mine", "https://d", "https://r"});
  CHECK(options.issuer_in_redirect);

  const auto basic = [](const std::string& more) {
    return read_metadata(of_issuer("https://as.example", more), "https://as.example")
        ->secret_in_header;
  };
  CHECK(basic(""));  // RFC 8414 §2
  CHECK_FALSE(basic(R"("token_endpoint_auth_methods_supported":["client_secret_basic",
                        "client_secret_post"])"));
  CHECK_FALSE(basic(R"("token_endpoint_auth_methods_supported":["none"])"));
}
