// Where a Secret comes from: a file, the environment, a systemd credential, a command. It is read
// anew each time. Errors say what the operator has to do and never hold any part of the secret.
// A file must be readable by its owner alone, and the owner must be us or root. A credential is not
// asked for its mode: systemd makes that directory private, and its access lists look like group
// permissions.
#pragma once

#include <string>

#include "auth/secret_options.h"
#include "daemon/base/files.h"
#include "daemon/base/process.h"
#include "daemon/base/process_environment.h"
#include "daemon/base/result.h"
#include "daemon/base/secret.h"

namespace imapkeep {

class SecretSource {
 public:
  /// A copyable value; `files` and `process` are used from the thread that calls read().
  SecretSource(Files& files, Process& process, ProcessEnvironment environment);
  /// Blocks; a command for up to 30 seconds. Errors: kConfig, kLogin when a command fails.
  [[nodiscard]] Result<Secret> read(const SecretOptions& options) const;
  /// The same for what has lines of its own (PEM) or none (a key): every byte, whatever it is.
  [[nodiscard]] Result<Secret> read_whole(const SecretOptions& options) const;

 private:
  /// The bytes as they come, and whose they are, for errors.
  struct Found {
    Secret bytes;
    std::string of;
  };
  [[nodiscard]] Result<Found> find(const SecretOptions& options, bool first_line) const;

  Files* files_;
  Process* process_;
  ProcessEnvironment environment_;
};

/// What read() would say of a secret file, without keeping the password.
Result<Done> check_secret_file(Files& files, const ProcessEnvironment& environment,
                               const std::string& path);

}  // namespace imapkeep
