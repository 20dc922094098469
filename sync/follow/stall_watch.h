// Finds a run that a server keeps waiting with small talk: deadlines on silence do not see it. A
// quarter of an hour in which nothing is planned, stored or finished and next to nothing received
// is a stall.
#pragma once

#include <functional>

#include "daemon/base/timers.h"
#include "sync/pass/pass_run.h"

namespace imapkeep {

class StallWatch {
 public:
  static constexpr Duration kLook = std::chrono::minutes(15);
  static constexpr std::uint64_t kLeastBytes = 64U << 10;

  explicit StallWatch(Timers& timers) : timers_(timers) {}

  /// `run` lives until cancel(); `stalled` is called once.
  void start(const PassRun& run, std::function<void()> stalled) {
    run_ = &run;
    stalled_ = std::move(stalled);
    received_ = run.bytes_received();
    progressed_ = false;
    wait();
  }
  void cancel() { timer_.cancel(); }
  void progressed() { progressed_ = true; }

 private:
  void wait() {
    timer_ = timers_.after(kLook, [this] { look(); });
  }
  void look() {
    const std::uint64_t received = run_->bytes_received();
    // A new connection counts from the beginning.
    const bool much = received < received_ || received - received_ >= kLeastBytes;
    received_ = received;
    if (!std::exchange(progressed_, false) && !much) return stalled_();
    wait();
  }

  Timers& timers_;
  const PassRun* run_ = nullptr;
  std::function<void()> stalled_;
  std::uint64_t received_ = 0;
  bool progressed_ = false;
  Operation timer_;
};

}  // namespace imapkeep
