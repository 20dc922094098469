// The rules that no account breaks alone: two mirrors must not meet in one directory tree, nor
// touch the directory in which the ledger lives.
#pragma once

#include "config/complaints.h"
#include "config/settings.h"
#include "daemon/base/process_environment.h"

namespace imapkeep {

/// Compares paths with their links followed, as far as they exist.
void check_settings(const Settings& settings, const ProcessEnvironment& environment,
                    Complaints& complaints);

}  // namespace imapkeep
