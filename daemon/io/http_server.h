// The HttpServing port on libmicrohttpd, without its threads: its epoll descriptor is watched by
// the loop, and its timeouts by our timers. A visitor has sixteen KiB for the request and ten
// seconds; nobody may keep a connection but for a stream of events.
#pragma once

#include <memory>

#include "daemon/base/http_server.h"
#include "daemon/base/timers.h"
#include "daemon/io/event_loop.h"

namespace imapkeep {

class MicrohttpdServing final : public HttpServing {
 public:
  static constexpr unsigned kMostConnections = 16;
  static constexpr unsigned kPatienceSeconds = 10;
  static constexpr std::size_t kMostRequestBytes = 16 * 1024;

  MicrohttpdServing(EventLoop& loop, Timers& timers) : loop_(loop), timers_(timers) {}

  Result<std::unique_ptr<HttpServer>> listen(
      const HttpAddress& address, std::function<HttpResponse(const HttpVisit&)> answer) override;

 private:
  EventLoop& loop_;
  Timers& timers_;
};

}  // namespace imapkeep
