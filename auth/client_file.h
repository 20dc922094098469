// The client file that an operator names, read and judged by the flow that is to use it: the one
// place for it, so that `imapkeep check` refuses what a request would.
#pragma once

#include <string>

#include "auth/google_client_file.h"
#include "auth/oauth_options.h"
#include "daemon/base/files.h"
#include "daemon/base/process_environment.h"

namespace imapkeep {

/// A GoogleServiceAccount for that flow, a GoogleDesktopClient for every other. Errors are kConfig
/// and name the file. Blocks.
Result<GoogleClientFile> read_client_file(Files& files, const ProcessEnvironment& environment,
                                          const std::string& path, OAuthFlow flow);

}  // namespace imapkeep
