// Starts a program that goes on without us, such as a browser: in a session of its own, so that no
// Ctrl-C of ours reaches it, with nothing to read and nobody who listens to it.
#pragma once

#include <string>
#include <vector>

#include "daemon/base/result.h"

namespace imapkeep {

/// Found by PATH, without a shell. Errors: kConfig, it cannot be run.
Result<Done> start_detached(const std::vector<std::string>& argv);

}  // namespace imapkeep
