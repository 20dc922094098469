#include "daemon/app/commands/login_words.h"

#include <catch2/catch.hpp>
#include <map>

using namespace imapkeep;

namespace {

ProcessEnvironment with(std::map<std::string, std::string> variables) {
  ProcessEnvironment made;
  made.variable = [variables](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
  return made;
}

}  // namespace

TEST_CASE("which browser is opened, and whether") {
  using Argv = std::vector<std::string>;
  const std::string url = "https://as.example/?a=1&b=$(id) x";
  CHECK_FALSE(browser_command(with({}), url));
  CHECK_FALSE(browser_command(with({{"BROWSER", "w3m"}}), url));  // it would take our terminal
  CHECK_FALSE(browser_command(with({{"DISPLAY", ""}}), url));
  CHECK(*browser_command(with({{"DISPLAY", ":0"}}), url) == Argv{"xdg-open", url});
  CHECK(*browser_command(with({{"WAYLAND_DISPLAY", "w"}, {"BROWSER", ""}}), url) ==
        Argv{"xdg-open", url});
  CHECK(*browser_command(with({{"DISPLAY", ":0"}, {"BROWSER", "firefox:chromium"}}), url) ==
        Argv{"firefox", url});
  CHECK(*browser_command(with({{"DISPLAY", ":0"}, {"BROWSER", "b --new=%s -x"}}), url) ==
        Argv{"b", "--new=" + url, "-x"});
}

TEST_CASE("how a person elsewhere reaches this machine") {
  CHECK(ssh_target(with({}), "mailbox") == "mailbox");
  CHECK(ssh_target(with({{"SSH_CONNECTION", "10.0.0.9 55000 10.0.0.1 22"}}), "m") == "10.0.0.1");
  CHECK(ssh_target(with({{"SSH_CONNECTION", "10.0.0.9 55000 10.0.0.1 2222"}}), "m") ==
        "-p 2222 10.0.0.1");
  CHECK(ssh_target(with({{"SSH_CONNECTION", "broken"}}), "m") == "m");
}

TEST_CASE("what a login says") {
  const std::string text = words_of(
      CodeInvitation{"me\x1b[2J", "https://as.example/a", "localhost", 4711, false, "box"});
  CHECK(text.find("\nhttps://as.example/a\n") != std::string::npos);  // a line of its own
  CHECK(text.find("ssh -L 127.0.0.1:4711:127.0.0.1:4711 box") != std::string::npos);
  CHECK(text.find("http://localhost:4711/?") != std::string::npos);
  CHECK(text.find('\x1b') == std::string::npos);
  DeviceCode code;
  code.user_code = "AB-CD";
  code.verification_uri = "https://as.example/d";
  code.lifetime = std::chrono::seconds(900);
  const std::string device = words_of(code, "me");
  for (const char* part : {"AB-CD", "https://as.example/d", "15 minutes", "as me"})
    CHECK(device.find(part) != std::string::npos);
}
