// The files a configuration consists of: read as text, and found by the patterns of `include`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/complaints.h"
#include "config/node_reader.h"
#include "daemon/base/files.h"
#include "daemon/base/process_environment.h"

namespace imapkeep {

struct ConfigFile {
  std::string shown;     ///< for complaints: as the operator would write it
  std::string absolute;  ///< for opening
};

/// Refuses what anybody may write to, because a configuration names commands to run. Complaints are
/// about `asked_at`, the place that named the file.
std::optional<std::string> read_config_file(Files& files, const ProcessEnvironment& environment,
                                            const ConfigFile& file, const Place& asked_at,
                                            Complaints& complaints);

/// The files that one pattern names, sorted. Wildcards stand in the last component only; hidden
/// files match only a pattern that begins with a dot. Without a wildcard the file must exist; a
/// wildcard may match nothing, but its directory must exist.
std::vector<ConfigFile> find_included(Files& files, const ProcessEnvironment& environment,
                                      const PlacedText& pattern, Complaints& complaints);

}  // namespace imapkeep
