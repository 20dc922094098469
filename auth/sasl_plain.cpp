#include "auth/sasl_plain.h"

namespace imapkeep {

std::unique_ptr<SaslMechanism> make_sasl_plain(Credentials credentials) {
  return std::make_unique<SaslPlain>(std::move(credentials));
}

Result<std::string> SaslPlain::initial_response() {
  const std::string_view password = credentials_.secret.reveal();
  if (credentials_.user.empty()) return login_error("the user name is empty");
  if (password.empty()) return login_error("the password is empty");
  // NUL separates the three parts: inside one of them it would move the borders.
  for (const std::string_view part :
       {std::string_view(credentials_.authzid), std::string_view(credentials_.user), password}) {
    if (part.find('\0') != std::string_view::npos) {
      return login_error("user name or password contains a NUL byte");
    }
  }
  std::string message;
  // Reserved in full, so that growing leaves no unwiped copy of the password behind.
  message.reserve(credentials_.authzid.size() + credentials_.user.size() + password.size() + 2);
  message += credentials_.authzid;
  message += '\0';
  message += credentials_.user;
  message += '\0';
  message += password;
  return message;
}

Result<std::string> SaslPlain::respond(std::string_view) {
  return login_error("the server asked for more after the password was sent");
}

}  // namespace imapkeep
