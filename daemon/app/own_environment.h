// The ProcessEnvironment of this very process.
#pragma once

#include "daemon/base/process_environment.h"

namespace imapkeep {

/// The environment is read when it is asked for; nothing in this program changes it.
ProcessEnvironment own_environment();

}  // namespace imapkeep
