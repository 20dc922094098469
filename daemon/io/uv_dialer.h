// From a host name to a Stream: resolve on a worker, connect to whichever address answers first,
// shake hands when TLS is wished, all within one deadline whose error says which of these it was.
#pragma once

#include <memory>

#include "daemon/base/dialer.h"
#include "daemon/base/timers.h"
#include "daemon/base/workers.h"
#include "daemon/io/event_loop.h"
#include "daemon/io/handshake_queue.h"
#include "daemon/io/tls_context.h"

namespace imapkeep {

class UvDialer final : public Dialer {
 public:
  /// Loop, timers and workers outlive the dialer, its operations and its streams.
  UvDialer(EventLoop& loop, Timers& timers, Workers& workers);

  [[nodiscard]] Operation dial(Endpoint endpoint,
                               Completion<std::unique_ptr<Stream>> done) override;

 private:
  class Dial;
  EventLoop& loop_;
  Timers& timers_;
  Workers& workers_;
  std::shared_ptr<TlsContexts> contexts_;
  HandshakeQueue handshakes_;
};

}  // namespace imapkeep
