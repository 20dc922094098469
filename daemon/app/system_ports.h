// The outside world as it really is: every port of daemon/base with its real maker from daemon/io.
// Members are in the order of their making; the last made dies first.
#pragma once

#include <utility>

#include "daemon/base/ports.h"
#include "daemon/base/process_environment.h"
#include "daemon/io/child_process.h"
#include "daemon/io/curl_http_client.h"
#include "daemon/io/event_loop.h"
#include "daemon/io/posix_files.h"
#include "daemon/io/system_clock.h"
#include "daemon/io/system_random.h"
#include "daemon/io/thread_workers.h"
#include "daemon/io/uv_dialer.h"
#include "daemon/io/uv_timers.h"

namespace imapkeep {

struct SystemPorts {
  explicit SystemPorts(ProcessEnvironment environment_) : environment(std::move(environment_)) {}

  ProcessEnvironment environment;
  SystemClock clock;
  SystemRandom random;
  PosixFiles files;
  ChildProcess processes;
  EventLoop loop;
  UvTimers timers{loop};
  ThreadWorkers workers{loop};
  UvDialer dialer{loop, timers, workers};
  CurlHttpClient http{loop, timers};

  [[nodiscard]] Ports ports() {
    return {environment, clock, random, files, processes, timers, workers, dialer, http};
  }
};

}  // namespace imapkeep
