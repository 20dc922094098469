#include "auth/redirect_check.h"

#include <catch2/catch.hpp>

#include "tests/support/fixed_random.h"

using namespace imapkeep;

namespace {

enum class Verdict { kIgnored404, kIgnored400, kIgnored405, kRefused, kDeclined, kCode };

AuthorizationAttempt attempt(bool issuer_in_redirect = false) {
  return {"127.0.0.1",       7000, "https://as.example", issuer_in_redirect, Secret("right"),
          Secret("verifier")};
}

Verdict word_of(const RedirectVerdict& verdict) {
  if (std::holds_alternative<RedirectCode>(verdict)) return Verdict::kCode;
  if (const auto* refused = std::get_if<RedirectRefused>(&verdict)) {
    return refused->declined ? Verdict::kDeclined : Verdict::kRefused;
  }
  const int status = std::get<RedirectIgnored>(verdict).status;
  return status == 404   ? Verdict::kIgnored404
         : status == 405 ? Verdict::kIgnored405
                         : Verdict::kIgnored400;
}

HttpVisit get(const std::string& target, const std::string& host = "127.0.0.1:7000") {
  return {"GET", target, host};
}

}  // namespace

TEST_CASE("what comes to the redirect address, and what it does to the attempt") {
  struct Case {
    HttpVisit visit;
    Verdict verdict;
    bool used;
  };
  const std::string good = "/?code=secret&state=right&iss=https%3A%2F%2Fas.example";
  for (const Case& item : std::vector<Case>{
           {get(good), Verdict::kCode, true},
           {get(good, "localhost:7000"), Verdict::kCode, true},
           {get("/?code=secret&state=right"), Verdict::kCode, true},
           {{"POST", good, "127.0.0.1:7000"}, Verdict::kIgnored405, false},
           {{"HEAD", good, "127.0.0.1:7000"}, Verdict::kIgnored405, false},
           {get("/favicon.ico"), Verdict::kIgnored404, false},
           {get("/x" + good.substr(1)), Verdict::kIgnored404, false},
           {get("//" + good.substr(1)), Verdict::kIgnored404, false},
           {get("http://127.0.0.1:7000" + good), Verdict::kIgnored404, false},
           {get(good, "evil.example:7000"), Verdict::kIgnored400, false},
           {get(good, "127.0.0.1"), Verdict::kIgnored400, false},
           {get(good, "127.0.0.1:7001"), Verdict::kIgnored400, false},
           {get(good, "LOCALHOST:7000"), Verdict::kIgnored400, false},
           {get(good, ""), Verdict::kIgnored400, false},
           {get(good + "&code=other"), Verdict::kIgnored400, false},
           {get(good + "&state=right"), Verdict::kIgnored400, false},
           {get(good + "&x=%"), Verdict::kIgnored400, false},
           {get("/"), Verdict::kIgnored400, false},
           {get("/?"), Verdict::kIgnored400, false},
           {get("/?code=secret"), Verdict::kIgnored400, false},
           {get("/?code=secret&state="), Verdict::kIgnored400, false},
           {get("/?code=secret&state=wrong"), Verdict::kIgnored400, false},
           {get("/?code=secret&state=Right"), Verdict::kIgnored400, false},
           {get("/?error=access_denied&state=wrong"), Verdict::kIgnored400, false},
           {get("/?state=right"), Verdict::kIgnored400, false},
           {get("/?state=right&code="), Verdict::kIgnored400, false},
           {get("/?code=secret&state=right&iss=https://evil.example"), Verdict::kRefused, true},
           {get("/?code=secret&state=right&iss=https://as.example/"), Verdict::kRefused, true},
           {get("/?error=access_denied&state=right&iss=https://evil.example"), Verdict::kRefused,
            true},
           {get("/?error=access_denied&state=right"), Verdict::kDeclined, true},
           {get("/?error=authorization_declined&state=right"), Verdict::kDeclined, true},
           {get("/?error=server_error&state=right"), Verdict::kRefused, true},
           {get("/?error=access_denied&code=secret&state=right"), Verdict::kDeclined, true},
       }) {
    INFO(item.visit.method << " " << item.visit.target << " at " << item.visit.host);
    RedirectCheck check(attempt());
    const RedirectVerdict verdict = check.judge(item.visit);
    CHECK(word_of(verdict) == item.verdict);
    CHECK(check.used() == item.used);
    if (const auto* code = std::get_if<RedirectCode>(&verdict)) {
      CHECK(code->code.reveal() == "secret");
    }
    if (const auto* ignored = std::get_if<RedirectIgnored>(&verdict)) {
      CHECK(ignored->why.find("secret") == std::string::npos);
      // And the right answer is still accepted.
      CHECK(word_of(check.judge(get(good))) == Verdict::kCode);
    }
    CHECK(word_of(check.judge(get(good))) == Verdict::kIgnored400);  // a state is used once
    CHECK(word_of(check.judge_pasted("http://127.0.0.1:7000" + good)) == Verdict::kIgnored400);
  }
}

TEST_CASE("where `iss` must be there, its absence is refused") {
  RedirectCheck missing(attempt(true));
  CHECK(word_of(missing.judge(get("/?code=secret&state=right"))) == Verdict::kRefused);
  RedirectCheck there(attempt(true));
  CHECK(word_of(there.judge(get("/?code=secret&state=right&iss=https://as.example"))) ==
        Verdict::kCode);
  // A "no" is one without it, too, and gives nothing away.
  RedirectCheck declined(attempt(true));
  CHECK(word_of(declined.judge(get("/?error=access_denied&state=right"))) == Verdict::kDeclined);
  RedirectCheck shouted(attempt(true));
  CHECK(word_of(shouted.judge(get("/?error=ACCESS_DENIED&state=right"))) == Verdict::kDeclined);
  RedirectCheck refused(attempt(true));
  CHECK(word_of(refused.judge(get("/?error=server_error&state=right"))) == Verdict::kRefused);
  RedirectCheck forged(attempt(true));
  CHECK(word_of(forged.judge(get("/?error=access_denied&state=right&iss=https://evil.example"))) ==
        Verdict::kRefused);
  AuthorizationAttempt unknown = attempt();
  unknown.issuer = "";
  RedirectCheck any(unknown);
  CHECK(word_of(any.judge(get("/?code=secret&state=right&iss=https://whoever.example"))) ==
        Verdict::kCode);
}

TEST_CASE("a pasted final URL is compared with the same rules") {
  struct Case {
    const char* text;
    Verdict verdict;
  };
  for (const Case& item : {
           Case{"http://127.0.0.1:7000/?code=secret&state=right", Verdict::kCode},
           Case{"  http://localhost:7000/?code=secret&state=right \r\n", Verdict::kCode},
           Case{"http://127.0.0.1:7000/?code=secret&state=right#", Verdict::kCode},
           Case{"http://127.0.0.1:7000/?error=access_denied&state=right", Verdict::kDeclined},
           Case{"http://127.0.0.1:7000/?code=secret&state=wrong", Verdict::kIgnored400},
           Case{"http://127.0.0.1:7001/?code=secret&state=right", Verdict::kIgnored400},
           Case{"http://127.0.0.1:7000/x?code=secret&state=right", Verdict::kIgnored400},
           Case{"https://127.0.0.1:7000/?code=secret&state=right", Verdict::kIgnored400},
           Case{"http://127.0.0.1:7000/", Verdict::kIgnored400},
           Case{"?code=secret&state=right", Verdict::kIgnored400},
           Case{"secret", Verdict::kIgnored400},
           Case{"", Verdict::kIgnored400},
       }) {
    INFO(item.text);
    RedirectCheck check(attempt());
    CHECK(word_of(check.judge_pasted(item.text)) == item.verdict);
  }
}

TEST_CASE("a provider's own words reach the terminal only as harmless text") {
  RedirectCheck check(attempt());
  const auto verdict =
      check.judge(get("/?error=x%1b%5b2J&error_description=%0a%07hello&state=right"));
  const auto* refused = std::get_if<RedirectRefused>(&verdict);
  REQUIRE(refused != nullptr);
  CHECK(refused->why.find_first_of("\x1b\n\x07") == std::string::npos);
  CHECK(refused->why.find("hello") != std::string::npos);
}

TEST_CASE("a provider that repeats what it was sent, or a token, has none of it shown") {
  RedirectCheck check(attempt());
  const auto verdict = check.judge(
      get("/?error=right&error_description=state+right+" + std::string(50, 'x') + "&state=right"));
  CHECK(std::get<RedirectRefused>(verdict).why ==
        "the provider refused with `***` (state *** […])");
}

TEST_CASE("the URL that the browser is sent to") {
  OAuthOptions options;
  options.endpoints.authorization = "https://as.example/auth";
  options.scope = "openid https://mail.example/";
  options.user = "me+x@example.org";
  FixedRandom random;
  const AuthorizationAttempt begun = begin_attempt(options, 7000, random);
  const std::string url = authorization_url(options, begun, "client id", false);
  const std::string start =
      "https://as.example/auth?response_type=code&client_id=client%20id&"
      "redirect_uri=http%3A%2F%2F127.0.0.1%3A7000%2F&scope=openid%20https%3A%2F%2Fmail.example%2F&"
      "state=";
  CHECK(url.substr(0, start.size()) == start);
  CHECK(url.find("&code_challenge_method=S256&login_hint=me%2Bx%40example.org") !=
        std::string::npos);
  CHECK(url.find("prompt") == std::string::npos);
  CHECK(url.find(std::string(begun.verifier.reveal())) == std::string::npos);
  CHECK(authorization_url(options, begun, "c", true).ends_with("&prompt=consent"));
  options.endpoints.authorization += "?tenant=x";
  CHECK(authorization_url(options, begun, "c", false)
            .starts_with("https://as.example/auth?tenant=x&response_type=code&"));
  const AuthorizationAttempt other = begin_attempt(options, 7000, random);
  CHECK(other.state.reveal() != begun.state.reveal());
}
