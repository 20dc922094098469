// An address that secrets are sent to: https, and nothing in it that another place could give it.
// One rule for what an operator writes, for what a provider says of itself, and for what is asked.
#pragma once

#include <string>
#include <string_view>

namespace imapkeep {

/// Empty when good; else what is wrong, to follow the key's name: "must begin with https://".
/// http is for loopback hosts only.
std::string trouble_with_web_address(std::string_view address);

/// 127.0.0.0/8 in its usual spelling, ::1, and the name that stands for them (RFC 6761 §6.3; curl
/// asks no resolver for it).
bool is_loopback(std::string_view host);

}  // namespace imapkeep
