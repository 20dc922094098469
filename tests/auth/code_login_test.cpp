#include "auth/code_login.h"

#include <catch2/catch.hpp>

#include "auth/query.h"
#include "tests/support/fixed_random.h"
#include "tests/support/log_probe.h"
#include "tests/support/scripted_http.h"
#include "tests/support/sim_world.h"

using namespace imapkeep;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

const std::string kTokens =
    R"({"access_token":"access-1","refresh_token":"refresh-1","expires_in":3600})";

/// A server that a test visits; pages are sent when the test says so.
class FakeServing final : public HttpServing {
 public:
  Result<std::unique_ptr<HttpServer>> listen(
      const HttpAddress& address, std::function<HttpResponse(const HttpVisit&)> answer) override {
    CHECK(address.host == "127.0.0.1");
    if (taken) return Error{Remedy::kNeedsOperator, Trouble::kBusy, "the port is taken", 0};
    answer_ = std::move(answer);
    open = true;
    return std::unique_ptr<HttpServer>(
        std::make_unique<Server>(*this, address.port == 0 ? std::uint16_t{4711} : address.port));
  }
  HttpResponse visit(const std::string& target, const std::string& method = "GET",
                     const std::string& host = "127.0.0.1:4711") {
    REQUIRE(open);
    return answer_({method, target, host});
  }

  bool taken = false;
  bool open = false;

 private:
  class Server final : public HttpServer {
   public:
    Server(FakeServing& world, std::uint16_t port) : world_(world), port_(port) {}
    ~Server() override { world_.open = false; }
    [[nodiscard]] std::uint16_t port() const override { return port_; }

   private:
    FakeServing& world_;
    std::uint16_t port_;
  };
  std::function<HttpResponse(const HttpVisit&)> answer_;
};

struct Attempt {
  SimWorld time;
  ScriptedHttp http{time};
  FakeServing serving;
  FixedRandom random;
  LogProbe log;
  OAuthOptions options;
  std::unique_ptr<CodeLogin> login;
  std::string url;
  std::string state;
  std::optional<Result<Tokens>> told;
  Operation operation;

  Attempt() {
    options.issuer = "https://as.example";
    options.issuer_in_redirect = true;
    options.endpoints.authorization = "https://as.example/authorize";
    options.scope = "mail";
  }
  void begin() {
    login = std::make_unique<CodeLogin>(
        CodeLogin::Deps{http, serving, time, random, log.log()}, options,
        TokenCaller{"https://as.example/token", "", "client", ClientProof::kNone, Secret()});
    const auto invited = login->invite(false);
    REQUIRE(invited);
    url = *invited;
    const auto query = parse_query(url.substr(url.find('?') + 1));
    REQUIRE(query);
    state = query->at("state");
    operation = login->start([&](Result<Tokens> tokens) { told = std::move(tokens); });
  }
  [[nodiscard]] std::string answer(const std::string& code = "code-1") const {
    return "/?code=" + code + "&state=" + state + "&iss=https%3A%2F%2Fas.example";
  }
  /// What the token endpoint was told, after the page has gone out.
  void send(const HttpResponse& page) {
    REQUIRE(page.after);
    page.after();
  }
};

}  // namespace

TEST_CASE("code login: bound first, answered before the code is redeemed, redeemed once") {
  Attempt attempt;
  attempt.http.will_answer(200, kTokens);
  attempt.begin();
  CHECK(attempt.url.find("redirect_uri=http%3A%2F%2F127.0.0.1%3A4711%2F&") != std::string::npos);
  const HttpResponse page = attempt.serving.visit(attempt.answer());
  CHECK(page.status == 200);
  attempt.time.run_due();
  CHECK(attempt.http.asked.empty());
  attempt.send(page);
  CHECK(attempt.http.asked.empty());
  attempt.time.run_due();
  REQUIRE(attempt.http.asked.size() == 1);
  CHECK(attempt.http.body(0).find("code=code-1&") != std::string::npos);
  CHECK(attempt.http.body(0).find("redirect_uri=http%3A%2F%2F127.0.0.1%3A4711%2F") !=
        std::string::npos);
  // A second answer, by either way, while the first is redeemed.
  const HttpResponse second = attempt.serving.visit(attempt.answer("code-2"));
  CHECK(second.status == 400);
  CHECK(second.body.find("Answered already") != std::string::npos);
  CHECK_FALSE(second.after);
  CHECK_FALSE(attempt.login->paste("http://127.0.0.1:4711" + attempt.answer("code-3")));
  attempt.time.advance(seconds(2));
  REQUIRE(attempt.told);
  REQUIRE(*attempt.told);
  CHECK((**attempt.told).access.reveal() == "access-1");
  CHECK_FALSE(attempt.serving.open);
  attempt.time.advance(minutes(20));
  CHECK(attempt.http.asked.size() == 1);
}

TEST_CASE("code login: what is no answer does not end it") {
  Attempt attempt;
  attempt.http.will_answer(200, kTokens);
  attempt.begin();
  const std::string right = attempt.answer();
  struct Row {
    std::string target;
    std::string method;
    std::string host;
    int status;
  };
  const Row rows[] = {
      {"/favicon.ico", "GET", "127.0.0.1:4711", 404},
      {"/callback" + right.substr(1), "GET", "127.0.0.1:4711", 404},
      {right, "POST", "127.0.0.1:4711", 405},
      {right, "HEAD", "127.0.0.1:4711", 405},
      {right, "GET", "evil.example:4711", 400},
      {right, "GET", "", 400},
      {"/?code=x&state=wrong&iss=https%3A%2F%2Fas.example", "GET", "127.0.0.1:4711", 400},
      {right + "&code=again", "GET", "127.0.0.1:4711", 400},
      {"/", "GET", "127.0.0.1:4711", 400},
  };
  for (const Row& row : rows) {
    INFO(row.method << " " << row.target << " at " << row.host);
    const HttpResponse page = attempt.serving.visit(row.target, row.method, row.host);
    CHECK(page.status == row.status);
    CHECK_FALSE(page.after);
  }
  attempt.time.advance(minutes(5));
  CHECK_FALSE(attempt.told);
  CHECK(attempt.http.asked.empty());
  attempt.send(attempt.serving.visit(right));
  attempt.time.advance(seconds(2));
  REQUIRE(attempt.told);
  CHECK(*attempt.told);
}

TEST_CASE("code login: another issuer's answer ends it, and its code goes nowhere") {
  Attempt attempt;
  attempt.begin();
  attempt.send(
      attempt.serving.visit("/?code=x&state=" + attempt.state + "&iss=https%3A%2F%2Fevil.example"));
  attempt.time.advance(seconds(2));
  REQUIRE(attempt.told);
  CHECK(attempt.told->error().trouble == Trouble::kLogin);
  CHECK(attempt.http.asked.empty());
}

TEST_CASE("code login: the pasted address is as good as the visit") {
  Attempt attempt;
  attempt.http.will_answer(200, kTokens);
  attempt.begin();
  for (const char* wrong : {"", "yes", "http://127.0.0.1:4712/?code=x", "code-1"}) {
    const auto pasted = attempt.login->paste(wrong);
    REQUIRE_FALSE(pasted);
    CHECK(pasted.error().trouble == Trouble::kUsage);
  }
  CHECK(attempt.login->paste("  http://127.0.0.1:4711" + attempt.answer() + "\r\n"));
  CHECK_FALSE(attempt.told);
  attempt.time.advance(seconds(2));
  REQUIRE(attempt.told);
  CHECK(*attempt.told);
}

TEST_CASE("code login: declined, too late, and a code that cannot be exchanged") {
  Attempt attempt;
  Trouble trouble = Trouble::kLogin;
  std::string words;
  SECTION("declined") {
    attempt.begin();
    attempt.send(attempt.serving.visit("/?error=access_denied&state=" + attempt.state +
                                       "&iss=https%3A%2F%2Fas.example"));
    words = "declined";
  }
  SECTION("nobody came") {
    attempt.begin();
    attempt.time.advance(minutes(9));
    CHECK_FALSE(attempt.told);
    attempt.time.advance(minutes(1));
    words = "within ten minutes";
  }
  SECTION("the network fails: never sent again, since codes are good once") {
    attempt.http.will_fail(server_error("timed out"));
    attempt.http.will_answer(200, kTokens);
    attempt.begin();
    attempt.send(attempt.serving.visit(attempt.answer()));
    trouble = Trouble::kServer;
    words = "run the login again";
  }
  SECTION("refused") {
    attempt.http.will_answer(400, R"({"error":"invalid_grant"})");
    attempt.begin();
    attempt.send(attempt.serving.visit(attempt.answer()));
    words = "invalid_grant";
  }
  SECTION("the client is unknown") {
    attempt.http.will_answer(401, R"({"error":"invalid_client"})");
    attempt.begin();
    attempt.send(attempt.serving.visit(attempt.answer()));
    trouble = Trouble::kConfig;
    words = "invalid_client";
  }
  attempt.time.advance(minutes(1));
  REQUIRE(attempt.told);
  CHECK(attempt.told->error().trouble == trouble);
  CHECK(attempt.told->error().what.find(words) != std::string::npos);
  CHECK_FALSE(attempt.serving.open);
  CHECK(attempt.http.asked.size() <= 1);
  CHECK(attempt.time.timers_left() == 0);
}

TEST_CASE("code login: a port of one's choice, and one that is taken") {
  Attempt attempt;
  attempt.options.redirect_port = 8765;
  attempt.begin();
  CHECK(attempt.login->port() == 8765);
  CHECK(attempt.url.find("127.0.0.1%3A8765%2F") != std::string::npos);
  attempt.operation.cancel();
  CHECK_FALSE(attempt.serving.open);
  CHECK(attempt.time.timers_left() == 0);
  attempt.serving.taken = true;
  CodeLogin other({attempt.http, attempt.serving, attempt.time, attempt.random, attempt.log.log()},
                  attempt.options, {});
  CHECK(other.invite(false).error().trouble == Trouble::kBusy);
}

TEST_CASE("code login: no secret in the log") {
  Attempt attempt;
  attempt.http.will_answer(200, kTokens);
  attempt.begin();
  (void)attempt.serving.visit("/?code=stranger&state=x");
  attempt.send(attempt.serving.visit(attempt.answer("code-of-gold")));
  attempt.time.advance(seconds(2));
  REQUIRE(attempt.told);
  CHECK(attempt.log.contains("code received"));
  for (const std::string& secret : {std::string("code-of-gold"), attempt.state,
                                    std::string("access-1"), std::string("stranger")})
    CHECK_FALSE(attempt.log.contains(secret));
}

TEST_CASE("consent is asked for where offline_access would count for nothing without") {
  OAuthOptions options;
  options.endpoints.authorization = "https://as.example/authorize";
  options.scope = "mail";
  CHECK_FALSE(must_ask_consent(options));
  options.scope = "mail offline_access";
  CHECK(must_ask_consent(options));
  options.endpoints.authorization =
      "https://login.microsoftonline.com/common/oauth2/v2.0/authorize";
  CHECK_FALSE(must_ask_consent(options));
}
