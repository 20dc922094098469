#include "auth/token_answer.h"

#include <catch2/catch.hpp>

#include "auth/scope.h"
#include "auth/token_request.h"

using namespace imapkeep;
using Kind = TokenRefusal::Kind;

namespace {

HttpAnswer answer(int status, const std::string& body,
                  std::vector<std::pair<std::string, std::string>> headers = {}) {
  HttpAnswer made;
  made.status = status;
  made.headers = std::move(headers);
  made.body = Secret(body);
  return made;
}

TokenRefusal refusal(const HttpAnswer& said, TokenAsk asked = TokenAsk::kRefresh) {
  const auto read = read_token_answer(said, asked);
  REQUIRE(std::holds_alternative<TokenRefusal>(read));
  return std::get<TokenRefusal>(read);
}

}  // namespace

TEST_CASE("tokens are read as providers write them") {
  struct Row {
    std::string expires;
    int seconds;
  };
  const auto row = GENERATE(values<Row>({{R"(,"expires_in":3599)", 3599},
                                         {R"(,"expires_in":"3599")", 3599},
                                         {R"(,"expires_in":3599.7)", 3599},
                                         {R"(,"expires_in":"5.0")", 5},
                                         {R"(,"expires_in":" 3599 ")", 3599},
                                         {R"(,"expires_in":"3.599e3")", 3599},
                                         {R"(,"expires_in":"an hour")", 3600},
                                         {R"(,"expires_in":"")", 3600},
                                         {R"(,"expires_in":[5])", 3600},
                                         {R"(,"expires_in":0.4)", 3600},
                                         {R"(,"expires_in":"inf")", 3600},
                                         {R"(,"expires_in":1e300)", 315360000},
                                         {R"(,"expires_in":"99999999999999999999")", 315360000},
                                         {R"(,"expires_in":null)", 3600},
                                         {R"(,"expires_in":-4)", 3600},
                                         {R"(,"expires_in":0)", 3600},
                                         {R"(,"expires_in":"0")", 3600},
                                         {"", 3600}}));
  const auto read = read_token_answer(
      answer(200, R"({"access_token":"ya29.x","token_type":"bEaReR","refresh_token":"1//r",)"
                  R"("scope":"https://mail.google.com/","refresh_token_expires_in":604799)" +
                      row.expires + "}"),
      TokenAsk::kRefresh);
  REQUIRE(std::holds_alternative<Tokens>(read));
  const auto& tokens = std::get<Tokens>(read);
  CHECK(tokens.access.reveal() == "ya29.x");
  CHECK(tokens.refresh.reveal() == "1//r");
  CHECK(tokens.lifetime.count() == row.seconds);
  CHECK(tokens.scope == "https://mail.google.com/");
  CHECK(tokens.refresh_lifetime->count() == 604799);
}

TEST_CASE("the error decides, not the status") {
  struct Row {
    int status;
    std::string body;
    TokenAsk asked;
    Kind kind;
  };
  const auto row = GENERATE(values<Row>({
      {400, R"({"error":"invalid_grant","error_description":"Token has been expired or revoked."})",
       TokenAsk::kRefresh, Kind::kNeedsLogin},
      {200, R"({"error":"invalid_grant"})", TokenAsk::kRefresh, Kind::kNeedsLogin},
      {500, R"({"error":"invalid_grant"})", TokenAsk::kRefresh, Kind::kNeedsLogin},
      {400, R"({"error":"invalid_grant"})", TokenAsk::kOwnKey, Kind::kMisconfigured},
      {400, R"({"error":"interaction_required"})", TokenAsk::kRefresh, Kind::kNeedsLogin},
      {400, R"({"error":"INVALID_GRANT"})", TokenAsk::kRefresh, Kind::kNeedsLogin},
      {401, R"({"error":"invalid_token"})", TokenAsk::kRefresh, Kind::kNeedsLogin},
      {401, R"({"error":"invalid_token"})", TokenAsk::kOwnKey, Kind::kMisconfigured},
      // Yahoo's words, and Zoho's, which come with status 200.
      {400, R"({"error":"INVALID_REFRESH_TOKEN"})", TokenAsk::kRefresh, Kind::kNeedsLogin},
      {401, R"({"error":"TOKEN_EXPIRED"})", TokenAsk::kRefresh, Kind::kNeedsLogin},
      {403, R"({"error":"ACCOUNT_NOT_AUTHORIZED"})", TokenAsk::kRefresh, Kind::kNeedsLogin},
      {401, R"({"error":"INVALID_CLIENT_SECRET"})", TokenAsk::kRefresh, Kind::kMisconfigured},
      {200, R"({"error":"invalid_code"})", TokenAsk::kRefresh, Kind::kNeedsLogin},
      {200,
       R"({"error":"Access Denied","error_description":"You have made too many requests continuously"})",
       TokenAsk::kRefresh, Kind::kTransient},
      // In Latin-1, which is no JSON.
      {400, "{\"error\":\"invalid_grant\",\"error_description\":\"Ung\xfcltig, l\xe4ngst\"}",
       TokenAsk::kRefresh, Kind::kNeedsLogin},
      {200, "{\"access_token\":\"\xfc\"}", TokenAsk::kRefresh, Kind::kTransient},
      {400,
       R"({"error":"invalid_grant","error_description":"AADSTS70008: expired","error_codes":[70008]})",
       TokenAsk::kRefresh, Kind::kNeedsLogin},
      {400, R"({"error":"invalid_grant","error_description":"Der Server","error_codes":[50196]})",
       TokenAsk::kRefresh, Kind::kTransient},
      {400,
       R"({"error":"invalid_grant","error_description":"AADSTS50196: The server terminated an operation because it encountered a loop"})",
       TokenAsk::kRefresh, Kind::kTransient},
      {401, R"({"error":"invalid_client"})", TokenAsk::kRefresh, Kind::kMisconfigured},
      {400, R"({"error":"invalid_scope"})", TokenAsk::kRefresh, Kind::kMisconfigured},
      {400, R"({"error":"temporarily_unavailable"})", TokenAsk::kRefresh, Kind::kTransient},
      {400, R"({"error":"a_new_word"})", TokenAsk::kRefresh, Kind::kTransient},
      {403, R"({"error":{"code":403,"status":"PERMISSION_DENIED"}})", TokenAsk::kRefresh,
       Kind::kTransient},
      {400, "<html>please log in to the hotel</html>", TokenAsk::kRefresh, Kind::kTransient},
      {200, "<html>please log in to the hotel</html>", TokenAsk::kRefresh, Kind::kTransient},
      {302, R"({"access_token":"x"})", TokenAsk::kRefresh, Kind::kTransient},
      {200, "{}", TokenAsk::kRefresh, Kind::kTransient},
      {200, R"({"access_token":"a\r\nb"})", TokenAsk::kRefresh, Kind::kTransient},
      {200, R"({"access_token":"x","token_type":"DPoP"})", TokenAsk::kRefresh,
       Kind::kMisconfigured},
      {503, "", TokenAsk::kRefresh, Kind::kTransient},
      {429, "[]", TokenAsk::kOwnKey, Kind::kTransient},
      {400, R"({"error":"authorization_pending"})", TokenAsk::kDevice, Kind::kPending},
      {400, R"({"error":"slow_down"})", TokenAsk::kDevice, Kind::kSlowDown},
      {400, R"({"error":"slow_down"})", TokenAsk::kRefresh, Kind::kTransient},
      {400, R"({"error":"expired_token"})", TokenAsk::kDevice, Kind::kExpired},
      {400, R"({"error":"access_denied"})", TokenAsk::kDevice, Kind::kDeclined},
      {400, R"({"error":"authorization_declined"})", TokenAsk::kDevice, Kind::kDeclined},
      {400, R"({"error":"access_denied"})", TokenAsk::kRefresh, Kind::kNeedsLogin},
  }));
  INFO(row.status << " " << row.body);
  CHECK(static_cast<int>(refusal(answer(row.status, row.body), row.asked).kind) ==
        static_cast<int>(row.kind));
}

TEST_CASE("patience is measured in seconds or by a date") {
  CHECK(refusal(answer(503, "", {{"retry-after", "120"}})).retry_after->count() == 120);
  CHECK(refusal(answer(503, "",
                       {{"date", "Sun, 06 Nov 1994 08:49:37 GMT"},
                        {"retry-after", "Sun, 06 Nov 1994 08:50:37 GMT"}}))
            .retry_after->count() == 60);
  CHECK(refusal(answer(503, "", {{"retry-after", "99999999999"}})).retry_after->count() == 86400);
  CHECK_FALSE(refusal(answer(503, "", {{"retry-after", "soon"}})).retry_after);
}

TEST_CASE("a refusal hints at what to do, and quotes no token back") {
  const std::string token = "4oUsaZ5Yv2Qb1cTnJ0xk9wLmPq7dRf3hGs6iEuAaBbCc";
  const auto said = refusal(answer(
      401, R"({"error":"invalid_client","error_description":"AADSTS7000215: Invalid secret )" +
               token + R"("})"));
  CHECK(said.what.find("its value is wanted, not the id") != std::string::npos);
  CHECK(said.what.find(token) == std::string::npos);
  CHECK(said.error == "invalid_client");
}

TEST_CASE("Microsoft's loop error is passing trouble, and is not called a revocation") {
  const auto said = refusal(answer(
      400, R"({"error":"invalid_grant","error_description":"AADSTS50196: The server terminated an )"
           R"(operation because it encountered a client request loop."})"));
  CHECK(said.what.find("revoked") == std::string::npos);
  CHECK(said.what.find("asks for patience") != std::string::npos);
  CHECK(refusal(answer(400, R"({"error":"INVALID_GRANT"})")).what.find("it was revoked") !=
        std::string::npos);
}

TEST_CASE("a description in Latin-1 is shown as the letters that it means") {
  const auto said =
      refusal(answer(400, "{\"error\":\"invalid_grant\",\"error_description\":\"Ung\xfcltig\"}"));
  CHECK(said.what.find("Ungültig") != std::string::npos);
}

TEST_CASE("what was sent as a secret is masked in all that the provider says") {
  const TokenCaller caller{"https://as.example/token", "", "client", ClientProof::kSecretPost,
                           Secret("s&cret-of-client")};
  const auto in = [](const HttpRequest& request, const std::string& error,
                     const std::string& description) {
    const auto read = read_token_answer(
        answer(400, R"({"error":")" + error + R"(","error_description":")" + description + R"("})"),
        TokenAsk::kRefresh, secrets_in(request));
    return std::get<TokenRefusal>(read);
  };
  const HttpRequest refresh = refresh_request(caller, Secret("1//short"));
  const auto said = in(refresh, "no_1//short", "1//short, 1%2F%2Fshort and s&cret-of-client");
  CHECK(said.error == "no_***");
  CHECK(said.what == "the token endpoint said no_***: ***, *** and ***");
  CHECK(in(refresh, "MS8vc2hvcnQ=", "").what == "the token endpoint said ***");  // base64
  // Not ours, but long enough to be a token.
  const auto quoted = in(refresh, std::string(40, 'x'), "");
  CHECK(quoted.what == "the token endpoint said […]");
  CHECK(quoted.error == "[…]");

  TokenCaller basic = caller;
  basic.proof = ClientProof::kSecretBasic;
  const HttpRequest header = refresh_request(basic, Secret("1//short"));
  const std::string encoded(header.authorization.reveal().substr(6));
  CHECK(in(header, "x", encoded + " s&cret-of-client").what ==
        "the token endpoint said x: *** ***");
  const HttpRequest code = code_request(caller, Secret("the-code"), Secret("the-verifier"), "r");
  CHECK(in(code, "the-code", "the-verifier").what == "the token endpoint said ***: ***");
  CHECK(in(device_poll_request(caller, Secret("dev-code")), "x", "dev-code").what ==
        "the token endpoint said x: ***");
  CHECK(in(jwt_bearer_request(caller, Secret("asser.tion")), "x", "asser.tion").what ==
        "the token endpoint said x: ***");
}

TEST_CASE("a scope that is only spelt otherwise is left to the real login") {
  CHECK(covers_scope("a,b", "a b"));
  CHECK(covers_scope("B, A", "a b"));
  CHECK(covers_scope("https://mail.google.com", "https://mail.google.com/"));
  CHECK(covers_scope("https://outlook.office.com/imap.accessasuser.all",
                     "https://outlook.office365.com/IMAP.AccessAsUser.All offline_access"));
  CHECK_FALSE(covers_scope("a,bc", "a b"));
  CHECK_FALSE(covers_scope("https://outlook.office.com/SMTP.Send",
                           "https://outlook.office.com/IMAP.AccessAsUser.All"));
}

TEST_CASE("a scope is covered word by word") {
  CHECK(covers_scope("", "a b"));
  CHECK(covers_scope("b a c", "a b offline_access"));
  CHECK_FALSE(covers_scope("a", "a b"));
  CHECK_FALSE(covers_scope("ab", "a"));
}

TEST_CASE("requests carry the client's proof where it belongs, and only there") {
  TokenCaller caller{"https://as.example/token", "/ca.pem", "an id", ClientProof::kNone,
                     Secret("s&cret")};
  const auto body = [&](ClientProof proof) {
    caller.proof = proof;
    return std::string(refresh_request(caller, Secret("r/1")).body.reveal());
  };
  const std::string form = "grant_type=refresh_token&refresh_token=r%2F1";
  CHECK(body(ClientProof::kNone) == form + "&client_id=an%20id");
  CHECK(body(ClientProof::kSecretPost) == form + "&client_id=an%20id&client_secret=s%26cret");
  CHECK(body(ClientProof::kSecretBasic) == form);
  CHECK(body(ClientProof::kAssertion) ==
        form +
            "&client_id=an%20id&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-"
            "assertion-type%3Ajwt-bearer&client_assertion=s%26cret");
  caller.proof = ClientProof::kSecretBasic;
  const auto request = code_request(caller, Secret("c"), Secret("v"), "http://127.0.0.1:1/");
  CHECK(request.authorization.reveal() == "Basic YW4lMjBpZDpzJTI2Y3JldA==");
  CHECK(request.method == "POST");
  CHECK(request.deadline == std::chrono::seconds(90));  // its answer comes once
  CHECK(request.ca_file == "/ca.pem");
  CHECK(request.url == "https://as.example/token");
  CHECK(std::string(request.body.reveal()) ==
        "grant_type=authorization_code&code=c&code_verifier=v&redirect_uri=http%3A%2F%2F127.0.0.1%"
        "3A1%2F");
  CHECK(std::string(jwt_bearer_request(caller, Secret("j")).body.reveal()) ==
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=j");
}
