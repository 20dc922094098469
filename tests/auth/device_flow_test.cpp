#include "auth/device_flow.h"

#include <catch2/catch.hpp>

using namespace imapkeep;
using namespace std::chrono_literals;

namespace {

HttpAnswer answer(int status, const std::string& body) {
  return {status, {{"content-type", "application/json"}}, Secret(body)};
}

TokenAnswer refusal(TokenRefusal::Kind kind,
                    std::optional<std::chrono::seconds> retry_after = std::nullopt) {
  return TokenRefusal{kind, retry_after, "", ""};
}

/// The wait, or -1 s for an end.
Duration wait_of(const DeviceFlow::Step& step) {
  const auto* wait = std::get_if<DeviceFlow::Wait>(&step);
  return wait != nullptr ? wait->span : Duration(-1s);
}

const MonoTime kStart{};
using Kind = TokenRefusal::Kind;

}  // namespace

TEST_CASE("a device code, as the RFC, Google and those who leave out the rest say it") {
  struct Case {
    const char* body;
    const char* uri;
    std::chrono::seconds lifetime, interval;
  };
  for (const Case& item : {
           Case{R"({"device_code":"d","user_code":"AB-CD","verification_uri":"https://v.example",
                    "expires_in":1800,"interval":7})",
                "https://v.example", 1800s, 7s},
           Case{R"({"device_code":"d","user_code":"AB-CD","verification_url":"https://g.example"})",
                "https://g.example", 900s, 5s},
           Case{R"({"device_code":"d","user_code":"AB-CD","verification_uri":"https://v.example",
                    "expires_in":"600","interval":"7"})",
                "https://v.example", 600s, 7s},
           Case{R"({"device_code":"d","user_code":"AB-CD","verification_uri":"https://v.example",
                    "expires_in":"soon","interval":"0"})",
                "https://v.example", 900s, 5s},
           Case{R"({"device_code":"d","user_code":"AB-CD","verification_uri":"https://v.example",
                    "expires_in":1e99,"interval":-1})",
                "https://v.example", 3600s, 5s},
       }) {
    const auto read = read_device_answer(answer(200, item.body));
    const auto* code = std::get_if<DeviceCode>(&read);
    REQUIRE(code != nullptr);
    CHECK(code->device_code.reveal() == "d");
    CHECK(code->user_code == "AB-CD");
    CHECK(code->verification_uri == item.uri);
    CHECK(code->lifetime == item.lifetime);
    CHECK(code->interval == item.interval);
  }
}

TEST_CASE("no device code") {
  for (const char* body :
       {"", "<html>", "[]", R"({"device_code":"d"})", R"({"device_code":7,"user_code":"x"})",
        R"({"error":"invalid_scope","device_code":"d","user_code":"u","verification_uri":"v"})"}) {
    INFO(body);
    CHECK(std::holds_alternative<TokenRefusal>(read_device_answer(answer(400, body))));
  }
  const auto wrong = read_device_answer(answer(400, R"({"error":"invalid_scope"})"));
  CHECK(std::get<TokenRefusal>(wrong).kind == Kind::kMisconfigured);
}

TEST_CASE("what would steer the terminal is made harmless") {
  const auto read = read_device_answer(answer(
      200, R"({"device_code":"d","user_code":"A\u001b[2J","verification_uri":"https://v\u0007"})"));
  const auto& code = std::get<DeviceCode>(read);
  CHECK(code.user_code.find('\x1b') == std::string::npos);
  CHECK(code.verification_uri.find('\x07') == std::string::npos);
}

TEST_CASE("waiting, and slowing down for good") {
  DeviceFlow flow(900s, 5s, kStart);
  CHECK(wait_of(flow.begin()) == 5s);
  CHECK(wait_of(flow.on_answer(refusal(Kind::kPending), kStart)) == 5s);
  CHECK(wait_of(flow.on_answer(refusal(Kind::kSlowDown), kStart)) == 10s);
  CHECK(wait_of(flow.on_answer(refusal(Kind::kPending), kStart)) == 10s);
  CHECK(wait_of(flow.on_answer(refusal(Kind::kSlowDown), kStart)) == 15s);
  CHECK(wait_of(flow.on_answer(refusal(Kind::kPending), kStart)) == 15s);
  CHECK(wait_of(flow.on_answer(refusal(Kind::kPending, 40s), kStart)) == 40s);
}

TEST_CASE("trouble on the way is met with patience that grows, and shrinks again") {
  DeviceFlow flow(900s, 5s, kStart);
  CHECK(wait_of(flow.on_failure(kStart)) == 10s);
  CHECK(wait_of(flow.on_answer(refusal(Kind::kTransient), kStart)) == 20s);
  CHECK(wait_of(flow.on_answer(refusal(Kind::kTransient, 120s), kStart)) == 120s);
  for (int i = 0; i < 20; ++i) CHECK(wait_of(flow.on_failure(kStart)) <= 60s);
  CHECK(wait_of(flow.on_answer(refusal(Kind::kPending), kStart)) == 5s);
  CHECK(wait_of(flow.on_failure(kStart)) == 10s);
}

TEST_CASE("the end: a token, a no, or nobody came") {
  DeviceFlow flow(900s, 5s, kStart);
  CHECK(std::holds_alternative<Tokens>(flow.on_answer(Tokens{}, kStart)));
  for (const Kind kind :
       {Kind::kDeclined, Kind::kExpired, Kind::kNeedsLogin, Kind::kMisconfigured}) {
    const auto step = flow.on_answer(refusal(kind), kStart);
    REQUIRE(std::holds_alternative<TokenRefusal>(step));
    CHECK(std::get<TokenRefusal>(step).kind == kind);
  }
  CHECK(wait_of(flow.on_answer(refusal(Kind::kPending), kStart + 890s)) == 5s);
  const auto late = flow.on_answer(refusal(Kind::kPending), kStart + 896s);
  REQUIRE(std::holds_alternative<TokenRefusal>(late));
  CHECK(std::get<TokenRefusal>(late).kind == Kind::kExpired);
  CHECK(std::holds_alternative<TokenRefusal>(flow.on_failure(kStart + 896s)));
}

TEST_CASE("the end is told in sentences that say what to do") {
  const auto told = [](const std::string& error) {
    DeviceFlow flow(900s, 5s, kStart);
    const auto step = flow.on_answer(
        read_token_answer(answer(400, R"({"error":")" + error + R"("})"), TokenAsk::kDevice),
        kStart);
    return error_of(std::get<TokenRefusal>(step)).what;
  };
  CHECK(told("access_denied") == "the permission was declined");
  CHECK(told("expired_token") == "nobody gave the permission in time; run the login again");
  CHECK(told("bad_verification_code").find("run the login again") != std::string::npos);
  CHECK(told("invalid_grant").find("run the login again") != std::string::npos);
  CHECK(told("unauthorized_client").find("write `flow: code`") != std::string::npos);
}

TEST_CASE("both spellings of a person's no, as they come over the wire") {
  for (const std::string error : {"access_denied", "authorization_declined"}) {
    DeviceFlow flow(900s, 5s, kStart);
    const auto step = flow.on_answer(
        read_token_answer(answer(400, R"({"error":")" + error + R"("})"), TokenAsk::kDevice),
        kStart);
    REQUIRE(std::holds_alternative<TokenRefusal>(step));
    CHECK(std::get<TokenRefusal>(step).kind == Kind::kDeclined);
  }
}
