// What a connection needs of the outer world.
#pragma once

#include "daemon/base/clock.h"
#include "daemon/base/dialer.h"
#include "daemon/base/log.h"
#include "daemon/base/random.h"
#include "daemon/base/timers.h"

namespace imapkeep::imap {

struct ConnectionDeps {
  Dialer& dialer;
  Timers& timers;
  Clock& clock;
  Random& random;
  Log log;
};

}  // namespace imapkeep::imap
