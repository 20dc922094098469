#include "auth/sasl_bearer.h"

#include <catch2/catch.hpp>

#include "auth/sasl_scram.h"
#include "daemon/base/bytes.h"

using namespace imapkeep;

namespace {

Credentials token_of(const std::string& user, const std::string& token) {
  Credentials credentials;
  credentials.user = user;
  credentials.secret = Secret(token);
  credentials.proof = Credentials::Proof::kAccessToken;
  return credentials;
}

Credentials password_of(const std::string& user, const std::string& password) {
  Credentials credentials;
  credentials.user = user;
  credentials.secret = Secret(password);
  return credentials;
}

}  // namespace

TEST_CASE("XOAUTH2 says user and token, and answers a refusal with nothing") {
  SaslXOAuth2 sasl(token_of("some,one=x@example.com", "ya29.vF9"));
  REQUIRE(sasl.initial_response());
  CHECK(*sasl.initial_response() ==
        "user=some,one=x@example.com\x01"
        "auth=Bearer ya29.vF9\x01\x01");
  CHECK(sasl.may_succeed());
  const auto answer =
      sasl.respond(R"({"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"})");
  REQUIRE(answer);
  CHECK(answer->empty());
  CHECK(sasl.complaint() == "status 400, scope https://mail.google.com/");
  CHECK_FALSE(sasl.may_succeed());
  CHECK_FALSE(sasl.respond("{}"));
}

TEST_CASE("OAUTHBEARER escapes the name, says the peer, and answers a refusal with 0x01") {
  SaslOAuthBearer sasl(token_of("a,b=c", "vF9dft4qmT"), {"server.example.com", 143});
  REQUIRE(sasl.initial_response());
  CHECK(*sasl.initial_response() ==
        "n,a=a=2Cb=3Dc,\x01host=server.example.com\x01port=143\x01"
        "auth=Bearer vF9dft4qmT\x01\x01");
  const auto answer = sasl.respond(R"({"status":"invalid_token","scope":"mail \u0007"})");
  REQUIRE(answer);
  CHECK(to_base64(*answer) == "AQ==");
  CHECK(sasl.complaint() == "status invalid_token, scope mail \\x07");
  SaslOAuthBearer other(token_of("me", "t"), {});
  CHECK(*other.initial_response() ==
        "n,a=me,\x01"
        "auth=Bearer t\x01\x01");
  REQUIRE(other.respond("not JSON"));
  CHECK(other.complaint() == "the token is not accepted");
}

TEST_CASE("nothing that moves a border is sent as a user or a token") {
  for (const auto& credentials :
       {token_of("", "t"), token_of("me", ""), token_of("me\x01", "t"), token_of("me", "t\r\nx")}) {
    CHECK_FALSE(SaslXOAuth2(credentials).initial_response());
    CHECK_FALSE(SaslOAuthBearer(credentials, {}).initial_response());
  }
}

TEST_CASE("SCRAM-SHA-256 speaks as in RFC 7677 and believes only who proves itself") {
  const std::string first =
      "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
  const auto begun = [] {
    SaslScram sasl(password_of("user", "pencil"), "rOprNGfwEbeRWgbNEkqO");
    CHECK(*sasl.initial_response() == "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
    return sasl;
  };
  SaslScram sasl = begun();
  const auto proof = sasl.respond(first);
  REQUIRE(proof);
  CHECK(*proof ==
        "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
        "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
  CHECK_FALSE(sasl.may_succeed());
  CHECK(sasl.respond("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
  CHECK(sasl.may_succeed());
  CHECK_FALSE(sasl.respond(""));

  SaslScram false_server = begun();
  REQUIRE(false_server.respond(first));
  CHECK_FALSE(false_server.respond("v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
  CHECK_FALSE(false_server.may_succeed());
  for (const std::string bad :
       {"r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
        "r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
        "r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1",
        "r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=99999999999", "m=x,r=y", ""}) {
    SaslScram asked = begun();
    CHECK_FALSE(asked.respond(bad));
  }
}

TEST_CASE("the mechanism follows from the proof, not from what is offered first") {
  struct Row {
    bool token;
    std::string forced;
    std::vector<std::string> offered;
    bool login_disabled;
    std::string chosen;  // empty: an error
  };
  const auto row = GENERATE(values<Row>({
      {false, "", {"PLAIN", "SCRAM-SHA-256", "XOAUTH2"}, false, "PLAIN"},
      {false, "", {"ATOKEN", "XOAUTH2"}, false, "LOGIN"},  // iCloud
      {false, "", {"SCRAM-SHA-256"}, true, "SCRAM-SHA-256"},
      {false, "", {"XOAUTH2"}, true, ""},
      {false, "SCRAM-SHA-256", {"PLAIN"}, false, "SCRAM-SHA-256"},
      {false, "XOAUTH2", {"XOAUTH2"}, false, ""},
      {true, "", {"PLAIN", "XOAUTH2", "OAUTHBEARER"}, false, "OAUTHBEARER"},
      {true, "", {"PLAIN", "XOAUTH2"}, true, "XOAUTH2"},
      {true, "", {"PLAIN"}, false, ""},
      {true, "XOAUTH2", {}, false, "XOAUTH2"},  // Yandex
      {true, "PLAIN", {"PLAIN"}, false, ""},
  }));
  Credentials credentials = row.token ? token_of("me", "t") : password_of("me", "p");
  credentials.mechanism = row.forced;
  const auto chosen = choose_mechanism(credentials, row.offered, row.login_disabled);
  CHECK((chosen ? *chosen : "") == row.chosen);
}

TEST_CASE("the challenge's words are shown without the token, in whatever letters they come") {
  const auto said = [](const std::string& challenge) {
    SaslXOAuth2 sasl(token_of("me", "ya29.short"));
    REQUIRE(sasl.initial_response());
    REQUIRE(sasl.respond(challenge));
    return sasl.complaint();
  };
  CHECK(said(R"({"status":"ya29.short is old","scope":"ya29.short"})") ==
        "status *** is old, scope ***");
  CHECK(said(R"({"status":"eWEyOS5zaG9ydA=="})") == "status ***");
  CHECK(said(R"({"status":")" + std::string(80, 'x') + R"("})") == "status […]");
  CHECK(said(R"({"status":401})") == "status 401");
  CHECK(said("{\"status\":\"insufficient_scope\",\"hint\":\"f\xfcr\"}") ==
        "status insufficient_scope");
}
