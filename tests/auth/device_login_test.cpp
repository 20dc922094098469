#include "auth/device_login.h"

#include <catch2/catch.hpp>

#include "tests/support/scripted_http.h"
#include "tests/support/sim_world.h"

using namespace imapkeep;
using std::chrono::seconds;

namespace {

const std::string kCode =
    R"({"device_code":"device-secret","user_code":"AB-CD","verification_uri":"https://as.example/d",)"
    R"("expires_in":60,"interval":5})";
const std::string kTokens =
    R"({"access_token":"access-1","refresh_token":"refresh-1","expires_in":3600})";

struct Device {
  SimWorld time;
  ScriptedHttp http{time};
  std::string shown;
  std::optional<Result<Tokens>> told;
  MonoTime began;
  DeviceLogin login{{http, time, time},
                    "https://as.example/device",
                    "mail",
                    {"https://as.example/token", "", "client", ClientProof::kNone, Secret()}};
  Operation operation;

  void run() {
    began = time.mono_now();
    operation = login.start([&](const DeviceCode& code) { shown = code.user_code; },
                            [&](Result<Tokens> tokens) { told = std::move(tokens); });
    time.run_until([&] { return told.has_value(); }, std::chrono::minutes(10));
    REQUIRE(told);
  }
  void pending() { http.will_answer(400, R"({"error":"authorization_pending"})"); }
  [[nodiscard]] Duration took() const { return time.mono_now() - began; }
};

}  // namespace

TEST_CASE("device login: shows the code, and polls until the person is done") {
  Device device;
  device.http.will_answer(200, kCode);
  device.pending();
  device.http.will_answer(400, R"({"error":"slow_down"})");
  device.pending();
  device.http.will_answer(200, kTokens);
  device.run();
  CHECK(device.shown == "AB-CD");
  REQUIRE(*device.told);
  CHECK((**device.told).refresh.reveal() == "refresh-1");
  // One second for each answer; 5 + 5 between the first polls, 10 + 10 after slow_down.
  CHECK(device.took() == seconds(5 + 30));
  REQUIRE(device.http.asked.size() == 5);
  CHECK(device.http.asked[0].url == "https://as.example/device");
  CHECK(device.http.body(0) == "scope=mail&client_id=client");
  CHECK(device.http.asked[4].url == "https://as.example/token");
  CHECK(device.http.body(4).find("device_code=device-secret") != std::string::npos);
}

TEST_CASE("device login: a network that fails is no answer") {
  Device device;
  device.http.will_answer(200, kCode);
  device.http.will_fail(server_error("timed out"));
  device.http.will_answer(503, "<html>");
  device.http.will_answer(200, kTokens);
  device.run();
  CHECK(*device.told);
}

TEST_CASE("device login: ends when the person says no, and when the code has expired") {
  Device device;
  device.http.will_answer(200, kCode);
  SECTION("no") {
    device.http.will_answer(400, R"({"error":"authorization_declined"})");
    device.run();
    CHECK(device.took() == seconds(7));
  }
  SECTION("the server says so") {
    device.http.will_answer(400, R"({"error":"expired_token"})");
    device.run();
  }
  SECTION("the time is over") {
    for (int i = 0; i < 20; ++i) device.pending();
    device.run();
    CHECK(device.took() <= seconds(61));
    CHECK(device.took() >= seconds(50));
  }
  CHECK(device.told->error().trouble == Trouble::kLogin);
}

TEST_CASE("device login: no code, and whose trouble that is") {
  Device device;
  SECTION("the client may not") {
    device.http.will_answer(400, R"({"error":"unauthorized_client"})");
    device.run();
    CHECK(device.told->error().trouble == Trouble::kConfig);
  }
  SECTION("the server is away") {
    device.http.will_fail(server_error("no route to host"));
    device.run();
    CHECK(device.told->error().trouble == Trouble::kServer);
  }
  CHECK(device.shown.empty());
  CHECK(device.http.asked.size() == 1);
}
