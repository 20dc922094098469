#include "daemon/base/exit_code.h"

#include <algorithm>
#include <cstdlib>

namespace imapkeep {

int exit_code(Trouble trouble) {
  switch (trouble) {
    case Trouble::kMessage:
      return kExitOwed;
    case Trouble::kUsage:
      return kExitUsage;
    case Trouble::kServer:
      return kExitServer;
    case Trouble::kStore:
      return kExitStore;
    case Trouble::kBusy:
      return kExitBusy;
    case Trouble::kLogin:
      return kExitLogin;
    case Trouble::kConfig:
      return kExitConfig;
  }
  std::abort();
}

int worse_exit_code(int one, int other) { return std::max(one, other); }

}  // namespace imapkeep
