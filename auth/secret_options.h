// Where a secret is kept, as the operator says it. It is read when it is needed and never stands in
// the configuration.
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

}  // namespace imapkeep
