// Holds the server back: while bytes wait for the disk, or a batch is under way and the next one is
// full, nothing is read from the connection. One for all mailboxes that are being visited.
#pragma once

#include <cstddef>
#include <functional>
#include <utility>

#include "sync/imap/source_connection.h"
#include "sync/pass/recorder.h"

namespace imapkeep {

class BackPressure {
 public:
  /// `failed`: the recorder takes nothing any more.
  BackPressure(imap::SourceConnection& connection, MessageStore& store, Recorder& recorder,
               std::function<void()> failed)
      : connection_(connection), store_(store), recorder_(recorder), failed_(std::move(failed)) {
    store_.on_drained([this] { look(); });
    recorder_.on_space([this] { look(); });
  }
  ~BackPressure() {
    store_.on_drained(nullptr);
    recorder_.on_space(nullptr);
    if (paused_) connection_.resume();
  }
  BackPressure(const BackPressure&) = delete;
  BackPressure& operator=(const BackPressure&) = delete;

  /// To be called when something was added.
  void look() {
    if (recorder_.failure()) {
      // The connection may die before us: what is paused now would be resumed behind its end.
      if (std::exchange(paused_, false)) connection_.resume();
      return failed_();
    }
    const bool pressed = recorder_.full() || store_.backlog_bytes() >= kBacklogHigh;
    if (pressed == paused_) return;
    paused_ = pressed;
    if (pressed) {
      connection_.pause();
    } else {
      connection_.resume();
    }
  }

 private:
  static constexpr std::size_t kBacklogHigh = 4U << 20;  // bytes that the disk has not taken yet

  imap::SourceConnection& connection_;
  MessageStore& store_;
  Recorder& recorder_;
  std::function<void()> failed_;
  bool paused_ = false;
};

}  // namespace imapkeep
