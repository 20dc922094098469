// What a login tells the person who does it, as lines for the terminal. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "auth/device_flow.h"
#include "daemon/base/process_environment.h"

namespace imapkeep {

/// The program that shows a page, as its arguments: $BROWSER's first, else xdg-open. Nothing where
/// no screen is. Others on this machine can read the address there: what is in it is good for
/// nothing without the verifier, which is not.
std::optional<std::vector<std::string>> browser_command(const ProcessEnvironment& environment,
                                                        const std::string& url);

struct CodeInvitation {
  std::string user;
  std::string url;
  std::string redirect_host;
  std::uint16_t port = 0;
  bool is_opened = false;  ///< a browser was started
  std::string host;        ///< of this machine, as a person elsewhere would call it
};
std::string words_of(const CodeInvitation& invitation);

std::string words_of(const DeviceCode& code, const std::string& user);

/// Where an SSH session came to, with its options; else the machine's own name.
std::string ssh_target(const ProcessEnvironment& environment, const std::string& host_name);

}  // namespace imapkeep
