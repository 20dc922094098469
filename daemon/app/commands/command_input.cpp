#include "daemon/app/commands/command_input.h"

#include <cstdio>

#include "daemon/base/exit_code.h"

namespace imapkeep {

int print(const CliAnswer& answer) {
  std::fwrite(answer.out.data(), 1, answer.out.size(), stdout);
  std::fwrite(answer.err.data(), 1, answer.err.size(), stderr);
  return answer.exit_code;
}

int complain(const Error& error) {
  return print({exit_code(error.trouble), "", "imapkeep: " + error.what + "\n"});
}

LogLevel level_of(const Command& command) {
  return command.verbosity >= 2   ? LogLevel::kDebug
         : command.verbosity == 1 ? LogLevel::kInfo
                                  : LogLevel::kWarning;
}

}  // namespace imapkeep
