// What the process says when it ends (sysexits.h where it has a word). Of several troubles the
// highest code is told, so that a script sees the one that most needs a person.
#pragma once

#include "daemon/base/error.h"

namespace imapkeep {

constexpr int kExitOk = 0;      ///< all stored, or left out by choice
constexpr int kExitOwed = 1;    ///< something is owed, and named
constexpr int kExitUsage = 64;  ///< the command line
constexpr int kExitServer = 69;
constexpr int kExitStore = 74;
constexpr int kExitBusy = 75;
constexpr int kExitLogin = 77;
constexpr int kExitConfig = 78;

int exit_code(Trouble trouble);
int worse_exit_code(int one, int other);

}  // namespace imapkeep
