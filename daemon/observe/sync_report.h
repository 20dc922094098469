// How a pass that has ended is told to people, one account at a time, and what it means for the
// exit code. Pure.
#pragma once

#include <string>
#include <vector>

#include "sync/pass/pass_run.h"

namespace imapkeep {

struct SyncReport {
  std::vector<std::string> lines;
  int exit_code = 0;
};

SyncReport report_sync(const std::string& account, const SyncOutcome& outcome);

}  // namespace imapkeep
