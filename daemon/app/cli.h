// The command line's words: arguments in, a Command out, or what to print instead. Pure. There is
// no option that takes a secret, because every user of the machine can read a command line.
#pragma once

#include <string>
#include <variant>
#include <vector>

namespace imapkeep {

enum class Verb { kSync, kRun, kStatus, kCheck, kProviders, kDoctor, kLogin, kAdopt };

struct Command {
  Verb verb = Verb::kCheck;
  std::vector<std::string> accounts;  ///< sync: only these, empty: all; login, doctor, adopt: one;
                                      ///< providers: the provider, empty: all
  std::string config;                 ///< -c; empty: see config/config_location.h
  int verbosity = 0;                  ///< how many -v
  bool json = false;
  bool watch = false;        ///< status
  bool accept_gone = false;  ///< sync, of accounts that are named
};

/// Help, the version, or what is wrong: print it and end.
struct CliAnswer {
  int exit_code = 0;
  std::string out;
  std::string err;
};

/// `arguments` without the program's name.
std::variant<Command, CliAnswer> parse_command_line(const std::vector<std::string>& arguments);

}  // namespace imapkeep
