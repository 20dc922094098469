#include "daemon/app/commands/login_words.h"

#include <algorithm>
#include <sstream>

#include "daemon/base/bytes.h"

namespace imapkeep {
namespace {

std::string variable(const ProcessEnvironment& environment, const char* name) {
  return environment.variable(name).value_or("");
}

}  // namespace

std::optional<std::vector<std::string>> browser_command(const ProcessEnvironment& environment,
                                                        const std::string& url) {
  if (variable(environment, "DISPLAY").empty() && variable(environment, "WAYLAND_DISPLAY").empty())
    return std::nullopt;
  // By custom a list, split by colons, of commands in which %s may stand for the address.
  const std::string browsers = variable(environment, "BROWSER");
  std::istringstream words(browsers.substr(0, browsers.find(':')));
  std::vector<std::string> argv;
  bool is_placed = false;
  for (std::string word; words >> word;) {
    if (const auto at = word.find("%s"); at != std::string::npos) {
      word.replace(at, 2, url);
      is_placed = true;
    }
    argv.push_back(std::move(word));
  }
  if (argv.empty()) return std::vector<std::string>{"xdg-open", url};
  if (!is_placed) argv.push_back(url);
  return argv;
}

std::string words_of(const CodeInvitation& invitation) {
  const std::string port = std::to_string(invitation.port);
  std::string text = invitation.is_opened ? "A browser is being opened; log in there as "
                                          : "Open this address in a browser, and log in there as ";
  text += printable_utf8(invitation.user) + (invitation.is_opened ? ". The address is:" : ":");
  text += "\n\n" + printable_utf8(invitation.url, 8000) + "\n\n";
  text += "Waiting for its answer, for ten minutes at most.\n\n";
  text +=
      "Is the browser on another machine? Then it ends at an address that it cannot open, which\n"
      "begins with http://" +
      invitation.redirect_host + ":" + port +
      "/?… Copy it from there and paste it here.\n"
      "Or run this on that machine before you open the address above:\n\n";
  text += "  ssh -L 127.0.0.1:" + port + ":127.0.0.1:" + port + " " + invitation.host + "\n";
  return text;
}

std::string words_of(const DeviceCode& code, const std::string& user) {
  std::string text = "In a browser anywhere, open\n\n  " + code.verification_uri +
                     "\n\nlog in as " + printable_utf8(user) + ", and type this code:\n\n  " +
                     code.user_code + "\n";
  if (!code.verification_uri_complete.empty())
    text += "\nOr open this, which has the code in it: " + code.verification_uri_complete + "\n";
  const auto minutes = std::chrono::ceil<std::chrono::minutes>(code.lifetime).count();
  return text + "\nWaiting for it, for " + std::to_string(minutes) + " minutes at most.";
}

std::string ssh_target(const ProcessEnvironment& environment, const std::string& host_name) {
  // "client-address client-port our-address our-port"
  std::istringstream fields(variable(environment, "SSH_CONNECTION"));
  std::string client, client_port, address, port;
  if (!(fields >> client >> client_port >> address >> port)) return printable(host_name, 255);
  return (port == "22" ? "" : "-p " + printable(port, 8) + " ") + printable(address, 64);
}

}  // namespace imapkeep
