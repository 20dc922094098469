// The other side of the control socket: asks a running daemon and hands on what it says. Whether
// there is a daemon, whether it may be asked, and whether it lived to the end of its answer are
// different errors, because the operator does different things about them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "daemon/base/stream.h"
#include "daemon/base/timers.h"
#include "daemon/control/control_handler.h"
#include "daemon/control/control_protocol.h"
#include "daemon/io/event_loop.h"

namespace imapkeep {

/// To the daemon that works on the state directory `state`. Errors: kServer, none runs there;
/// kBusy, it does not take more clients; kStore, it may not be asked.
Result<std::unique_ptr<Stream>> connect_to_daemon(EventLoop& loop, const std::string& state,
                                                  std::uint32_t own_user);

class ControlClient final : private StreamHandler {
 public:
  /// A daemon that says nothing to a status for so long hangs; a sync may think.
  static constexpr Duration kStatusPatience = std::chrono::seconds(5);

  ControlClient(Timers& timers, std::unique_ptr<Stream> stream);

  /// Once. The exit code that the daemon says; kBusy when it ended before. `output` must live until
  /// then, and its calls must not destroy the client.
  [[nodiscard]] Operation ask(const ControlRequest& request, ControlOutput& output,
                              Completion<int> done);

 private:
  void on_bytes(ByteView bytes) override;
  void on_closed(const Error& why) override;
  void take(ControlAnswer answer);
  void finish(Result<int> result);

  Timers& timers_;
  std::unique_ptr<Stream> stream_;
  ControlLines lines_;
  ControlOutput* output_ = nullptr;
  std::string page_;  // the pieces so far
  Pending<int> done_;
  Operation deadline_;
};

}  // namespace imapkeep
