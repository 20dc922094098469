// Where a file came into being, by statx and by what its file system says of itself.
#pragma once

#include <optional>
#include <string>

#include "daemon/base/files.h"

namespace imapkeep {

/// Nothing and errno when there is no such file below this directory.
std::optional<FileOrigin> origin_of(int directory, const std::string& name);

}  // namespace imapkeep
