// The Surroundings of this very process.
#pragma once

#include "daemon/base/process_environment.h"

namespace imapkeep {

/// The environment is read when it is asked for; nothing in this program changes it.
Surroundings own_surroundings();

}  // namespace imapkeep
