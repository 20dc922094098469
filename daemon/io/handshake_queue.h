// How many TLS handshakes are under way at once. Each needs buffers of some seventy kilobytes for a
// moment, and what is allocated meanwhile for good lies between them: a thousand accounts that
// shook hands together would leave the heap fragmented for ever. Whoever finds all places taken
// waits in line. A handshake that is not over in a moment goes on without a place, so that the
// others never wait for a slow server or a long line.
#pragma once

#include <functional>
#include <list>
#include <memory>

#include "daemon/base/timers.h"

namespace imapkeep {

class HandshakeQueue {
 public:
  static constexpr int kPlaces = 32;
  static constexpr Duration kLongest = std::chrono::milliseconds(300);

  /// `timers` outlives the queue and every Operation of it.
  explicit HandshakeQueue(Timers& timers);

  /// `go` is called when there is a place; destroying the Operation gives the place back.
  [[nodiscard]] Operation enter(std::function<void()> go);

 private:
  struct Guest {
    std::function<void()> go;  ///< nothing: it has gone
    Operation patience;
    bool has_place = false;
  };
  struct State {
    explicit State(Timers& timers_) : timers(timers_) {}
    Timers& timers;
    std::list<std::shared_ptr<Guest>> line;
    int taken = 0;
    Operation serving;
  };

  static void serve_soon(const std::shared_ptr<State>& state);
  static void serve(const std::shared_ptr<State>& state);
  static void give_back(const std::shared_ptr<State>& state, Guest& guest);

  std::shared_ptr<State> state_;
};

}  // namespace imapkeep
