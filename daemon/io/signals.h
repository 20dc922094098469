// Signals as events on the loop, so that their handlers may do anything. One object watches a set
// of signals; destroying it gives them back their default action.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>

#include "daemon/io/event_loop.h"

namespace imapkeep {

class Signals {
 public:
  Signals(EventLoop& loop, std::initializer_list<int> numbers, std::function<void(int)> handler);
  ~Signals();  ///< also from inside the handler
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// A peer that closed and a file size limit are errors of one write, not the end of the process.
void ignore_write_signals();

}  // namespace imapkeep
