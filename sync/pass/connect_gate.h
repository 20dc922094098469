// How fast one host is asked for new connections. A thousand accounts at one provider must not
// knock all at once, neither at start nor when the provider comes back: each host has a bucket of
// `burst` connections that refills `per_second`, and who finds it empty waits in a queue. Hosts do
// not wait for each other. It also knows of each host what one account has found out for all: that
// compression cannot pass on the way to it.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>

#include "daemon/base/clock.h"
#include "daemon/base/operation.h"
#include "daemon/base/timers.h"

namespace imapkeep {

struct ConnectRate {
  unsigned burst = 10;
  unsigned per_second = 10;
};

class ConnectGate {
 public:
  ConnectGate(Timers& timers, Clock& clock, ConnectRate rate = {});
  ConnectGate(const ConnectGate&) = delete;
  ConnectGate& operator=(const ConnectGate&) = delete;

  /// Never an error. Destroying the Operation gives up the place in the queue.
  [[nodiscard]] Operation enter(const std::string& host, Completion<Done> done);
  [[nodiscard]] std::size_t waiting() const;

  /// `place`: host and port. Until the process ends: nobody need find that out a second time.
  void leave_out_compress(const std::string& place) { uncompressed_.insert(place); }
  [[nodiscard]] bool may_compress(const std::string& place) const {
    return !uncompressed_.contains(place);
  }

 private:
  struct Host {
    double tokens = 0;
    MonoTime counted_at;
    std::deque<Pending<Done>> waiting;
    Operation timer;
  };

  void serve(const std::string& name);
  void refill(Host& host) const;

  Timers& timers_;
  Clock& clock_;
  ConnectRate rate_;
  std::map<std::string, Host> hosts_;
  std::set<std::string> uncompressed_;
};

}  // namespace imapkeep
