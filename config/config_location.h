// Where the configuration is: what the command line says, else $IMAPKEEP_CONFIG, else the user's
// own file, else the system's.
#pragma once

#include <string>

#include "daemon/base/files.h"
#include "daemon/base/process_environment.h"
#include "daemon/base/result.h"

namespace imapkeep {

/// `named` is empty when the command line names none. What is named explicitly is returned without
/// looking; of the others the first that exists. The error lists the places looked at.
Result<std::string> find_config(Files& files, const ProcessEnvironment& environment,
                                const std::string& named);

}  // namespace imapkeep
