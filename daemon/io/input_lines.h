// Lines that a person types or pastes, from a terminal, a pipe or a file, without waiting for them:
// the loop goes on meanwhile. A terminal is taken over for that time (typing_mode.h), so whoever
// lives on after a signal has to destroy this first. At the end of the input it is silent.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "daemon/base/result.h"
#include "daemon/io/event_loop.h"

namespace imapkeep {

class InputLines {
 public:
  static constexpr std::size_t kMostBytes = 64 * 1024;  ///< of a line; a longer one is dropped

  /// `fd` stays the caller's, and blocking. `handler` gets each line without its end, and may
  /// destroy this.
  InputLines(EventLoop& loop, int fd, std::function<void(const std::string&)> handler);
  ~InputLines();
  InputLines(const InputLines&) = delete;
  InputLines& operator=(const InputLines&) = delete;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace imapkeep
