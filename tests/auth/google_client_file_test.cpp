// What Google hands out for download, and what people give by mistake.
#include "auth/google_client_file.h"

#include <catch2/catch.hpp>

namespace imapkeep {
namespace {

constexpr const char* kServiceAccount = R"({
  "type": "service_account", "project_id": "p", "private_key_id": "k1",
  "private_key": "-----BEGIN PRIVATE KEY-----\nswordfish\n-----END PRIVATE KEY-----\n",
  "client_email": "keeper@p.iam.gserviceaccount.com", "client_id": "1234567890",
  "auth_uri": "https://accounts.google.com/o/oauth2/auth",
  "token_uri": "https://oauth2.googleapis.com/token", "universe_domain": "googleapis.com"})";

std::string error_of(const std::string& json) {
  const auto parsed = parse_google_client_file(json);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().trouble == Trouble::kConfig);
  CHECK(parsed.error().what.find("swordfish") == std::string::npos);
  return parsed.error().what;
}

std::string without(std::string json, const std::string& name) {
  const auto at = json.find("\"" + name + "\"");
  REQUIRE(at != std::string::npos);
  return json.replace(at + 1, 1, "_");
}

}  // namespace

TEST_CASE("a desktop client") {
  const auto parsed = parse_google_client_file(
      R"({"installed":{"client_id":"1-a.apps.googleusercontent.com","project_id":"p",
          "auth_uri":"https://accounts.google.com/o/oauth2/auth",
          "token_uri":"https://oauth2.googleapis.com/token",
          "client_secret":"swordfish","redirect_uris":["http://localhost"]}})");
  REQUIRE(parsed);
  const auto* client = std::get_if<GoogleDesktopClient>(&*parsed);
  REQUIRE(client);
  CHECK(client->id == "1-a.apps.googleusercontent.com");
  CHECK(client->secret.reveal() == "swordfish");
}

TEST_CASE("a service account's key") {
  const auto parsed = parse_google_client_file(kServiceAccount);
  REQUIRE(parsed);
  const auto* account = std::get_if<GoogleServiceAccount>(&*parsed);
  REQUIRE(account);
  CHECK(account->email == "keeper@p.iam.gserviceaccount.com");
  CHECK(account->client_id == "1234567890");
  CHECK(account->key_id == "k1");
  CHECK(account->private_key.reveal().starts_with("-----BEGIN PRIVATE KEY-----\nswordfish\n"));
  CHECK(account->token_endpoint == "https://oauth2.googleapis.com/token");
  for (const auto* name : {"client_email", "private_key_id", "private_key", "token_uri"}) {
    INFO(name);
    CHECK(error_of(without(kServiceAccount, name)) ==
          "has no `" + std::string(name) + "`; download the file once more");
  }
}

TEST_CASE("what is neither") {
  const std::string kNotJson =
      "is not JSON as Google hands it out; give the file as it was downloaded";
  for (const auto* text : {"", "swordfish", "[1]", "\"swordfish\"", "{\"installed\":", "{} x",
                           "{\"a\":\"\xff\"}", "null"}) {
    INFO(text);
    CHECK(error_of(text) == kNotJson);
  }
  CHECK(error_of(R"({"web":{"client_id":"a","client_secret":"swordfish"}})") ==
        "is a \"Web application\" client, which Google never sends back to this machine: create a "
        "\"Desktop app\" client and download its JSON");
  CHECK(error_of(R"({"type":"authorized_user","client_secret":"swordfish"})")
            .starts_with("is the login of another program (gcloud)"));
  for (const auto* text : {"{}", R"({"installed":"swordfish"})", R"({"type":1})"}) {
    INFO(text);
    CHECK(error_of(text).starts_with("is neither a \"Desktop app\" client nor a service account"));
  }
  CHECK(error_of(R"({"installed":{"client_secret":"swordfish"}})") ==
        "has no `client_id`; download the file once more");
  CHECK(error_of(R"({"installed":{"client_id":["swordfish"],"client_secret":"swordfish"}})") ==
        "has no `client_id`; download the file once more");
  CHECK(error_of(R"({"installed":{"client_id":"a","client_secret":""}})") ==
        "has no `client_secret`; download the file once more");
}

}  // namespace imapkeep
