// A secret as the configuration speaks of it: never itself, only the one place where it is kept
// ({file | env | credential | command}); and a command as the list of its words.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "auth/options.h"
#include "config/node_reader.h"
#include "config/settings.h"
#include "config/yaml_document.h"
#include "daemon/base/process_environment.h"

namespace imapkeep {

/// A file is added to `files`, with the place of its path.
std::optional<SecretOptions> read_secret(const YamlEntry& entry,
                                         const ProcessEnvironment& environment,
                                         Complaints& complaints, std::vector<NamedFile>& files);

/// The program and its arguments. `example` is shown when it is not a list.
std::optional<std::vector<std::string>> read_command(const YamlEntry& entry,
                                                     const std::string& example,
                                                     Complaints& complaints);

/// A path, resolved from the file it stands in.
std::optional<std::string> read_path(const YamlEntry& entry, const ProcessEnvironment& environment,
                                     Complaints& complaints);

}  // namespace imapkeep
