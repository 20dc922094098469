// What every command is given, and how it ends: its answer on standard output, or one sentence on
// standard error and the exit code of its trouble.
#pragma once

#include <string>

#include "config/settings.h"
#include "daemon/app/cli.h"
#include "daemon/base/error.h"
#include "daemon/base/log.h"
#include "daemon/base/process_environment.h"

namespace imapkeep {

struct CommandInput {
  Command command;
  std::string config;  ///< the file that was read
  Settings settings;
  ProcessEnvironment environment;
};

/// The exit code.
int print(const CliAnswer& answer);
int complain(const Error& error);

/// Of a command that a person looks on at.
LogLevel level_of(const Command& command);

}  // namespace imapkeep
