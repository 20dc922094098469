// `imapkeep status --json`, for programs.
#pragma once

#include <string>

#include "daemon/observe/status_snapshot.h"

namespace imapkeep {

std::string status_json(const StatusSnapshot& snapshot);

}  // namespace imapkeep
