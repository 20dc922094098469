#include "sync/imap/silence_deadline.h"

#include <algorithm>
#include <string>
#include <utility>

namespace imapkeep::imap {
namespace {

constexpr Duration kDoubtDeadline = std::chrono::seconds(15);

}  // namespace

void SilenceDeadline::watch(bool is_owed, Duration patience) {
  patience_ = patience;
  if (!is_owed) return cancel();
  if (is_watching_) return;
  is_watching_ = true;
  heard_ = clock_.mono_now();
  check();
}

void SilenceDeadline::cancel() {
  timer_.cancel();
  is_watching_ = false;
}

void SilenceDeadline::check() {
  const Duration silent = clock_.mono_now() - heard_;
  const Duration most = doubted_ ? std::min(patience_, kDoubtDeadline) : patience_;
  if (silent >= most) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(most).count();
    const auto on_silence = on_silence_;  // the call may destroy this
    return on_silence(
        server_error("the server said nothing for " + std::to_string(seconds) + " s"));
  }
  timer_ = timers_.after(most - silent, [this] { check(); });
}

}  // namespace imapkeep::imap
