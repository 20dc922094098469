// What happens on a strand and is worth a log line. Log sinks belong to the loop, so work on a
// strand collects notes, and the store's facade logs them when the work is done.
#pragma once

#include <string>
#include <vector>

#include "daemon/base/log.h"

namespace imapkeep {

struct Note {
  LogLevel level = LogLevel::kInfo;
  std::string event;
  LogFields fields;
};
using Notes = std::vector<Note>;

}  // namespace imapkeep
