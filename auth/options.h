// Where an account's password is kept, as the operator says it. The secret itself is read when it
// is needed and never stands in the configuration.
#pragma once

#include <string>
#include <variant>
#include <vector>

namespace imapkeep {

struct SecretFile {
  std::string path;
  bool operator==(const SecretFile&) const = default;
};
struct SecretEnvironment {
  std::string name;
  bool operator==(const SecretEnvironment&) const = default;
};
struct SecretCredential {
  std::string name;  ///< below $CREDENTIALS_DIRECTORY (systemd)
  bool operator==(const SecretCredential&) const = default;
};
struct SecretCommand {
  std::vector<std::string> argv;
  bool operator==(const SecretCommand&) const = default;
};
using SecretOptions = std::variant<SecretFile, SecretEnvironment, SecretCredential, SecretCommand>;

struct AuthOptions {
  std::string user;
  std::string authzid;  ///< log in as `user`, act as this (a master login); empty: the same
  SecretOptions password;
  bool operator==(const AuthOptions&) const = default;
};

}  // namespace imapkeep
