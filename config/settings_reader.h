// The configuration, from the file to Settings: the file and what it includes are read, every
// complaint is collected, and only a configuration without any is used.
#pragma once

#include <string>
#include <vector>

#include "config/complaints.h"
#include "config/settings.h"
#include "daemon/base/files.h"
#include "daemon/base/process_environment.h"
#include "daemon/base/result.h"

namespace imapkeep {

struct SettingsRead {
  Settings settings;                  ///< of use only without complaints
  std::vector<Complaint> complaints;  ///< sorted
};

/// Blocks. `path` is absolute or relative to the working directory.
SettingsRead read_settings(Files& files, const ProcessEnvironment& environment,
                           const std::string& path);

/// The same as one Result; the error has a line for each complaint.
Result<Settings> load_settings(Files& files, const ProcessEnvironment& environment,
                               const std::string& path);

}  // namespace imapkeep
