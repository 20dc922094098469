// The person whose mail it is: looks at what waits for their word now and then, and gives it only
// for what they have really removed on the server.
#pragma once

#include "tests/simulator/simulation.h"

namespace imapkeep::sim {

/// Asks the daemon to let go what is gone, for each account where something waits and nothing of it
/// is on the server.
void accept_what_is_gone(Simulation& sim);

}  // namespace imapkeep::sim
