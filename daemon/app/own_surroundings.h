// The Surroundings of this very process.
#pragma once

#include "daemon/base/surroundings.h"

namespace imapkeep {

/// The environment is read when it is asked for; nothing in this program changes it.
Surroundings own_surroundings();

}  // namespace imapkeep
