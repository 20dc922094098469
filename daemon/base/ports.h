// The outside world as the program sees it: every port of daemon/base, whoever stands behind it.
// The machine gives the real ones, the simulator its own.
#pragma once

#include "daemon/base/clock.h"
#include "daemon/base/dialer.h"
#include "daemon/base/files.h"
#include "daemon/base/http.h"
#include "daemon/base/process.h"
#include "daemon/base/process_environment.h"
#include "daemon/base/random.h"
#include "daemon/base/timers.h"
#include "daemon/base/workers.h"

namespace imapkeep {

struct Ports {
  const ProcessEnvironment& environment;
  Clock& clock;
  Random& random;
  Files& files;
  Process& processes;
  Timers& timers;
  Workers& workers;
  Dialer& dialer;
  HttpClient& http;
};

}  // namespace imapkeep
