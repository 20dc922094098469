// Quiet, and what must be true then: within a bounded time every mirror equals its server, nothing
// is lost or kept without reason, nothing goes on that need not, no connection can die unnoticed,
// and the daemon stops and leaves nothing behind.
#pragma once

#include "tests/simulator/simulation.h"

namespace imapkeep::sim {

/// Throws Violation.
void check_promises(Simulation& sim);

}  // namespace imapkeep::sim
