// Notices that a server has stopped talking. While the server owes something, any byte of it counts
// as life, and silence that lasts longer than our patience is reported once. One timer serves many
// bytes: when it fires early, it is set again for the rest.
#pragma once

#include <functional>

#include "daemon/base/clock.h"
#include "daemon/base/error.h"
#include "daemon/base/timers.h"

namespace imapkeep::imap {

class SilenceDeadline {
 public:
  /// `on_silence` comes from the loop, or from inside watch(); it may destroy this object.
  SilenceDeadline(Timers& timers, Clock& clock, std::function<void(Error)> on_silence)
      : timers_(timers), clock_(clock), on_silence_(std::move(on_silence)) {}

  /// Bytes have come.
  void heard() {
    heard_ = clock_.mono_now();
    doubted_ = false;
  }
  /// From now on the server owes something new.
  void asked() { heard_ = clock_.mono_now(); }
  /// Something happened that may have killed the connection: until the next byte patience is short.
  void doubt() { doubted_ = true; }
  /// To be called whenever one of the two may have changed: whether the server owes something, and
  /// how long it may be silent.
  void watch(bool is_owed, Duration patience);
  void cancel();
  /// Measures again from now on, as after doubt().
  void restart(bool is_owed, Duration patience) {
    cancel();
    watch(is_owed, patience);
  }

 private:
  void check();

  Timers& timers_;
  Clock& clock_;
  std::function<void(Error)> on_silence_;
  MonoTime heard_;  ///< last byte, or when the server began to owe something
  Duration patience_{0};
  Operation timer_;
  bool is_watching_ = false;
  bool doubted_ = false;
};

}  // namespace imapkeep::imap
