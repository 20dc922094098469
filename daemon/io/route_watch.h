// Listens to the kernel's routing messages and says when this machine's place in the network is
// another one. It first asks for what there is (addresses, then routes), so that a repetition is no
// news; when the kernel had to drop messages, it takes that for a change and asks again.
#pragma once

#include <functional>
#include <memory>

#include "daemon/base/result.h"
#include "daemon/io/event_loop.h"

namespace imapkeep {

class RouteWatch {
 public:
  /// `changed` comes from the loop, for each datagram with news. An error: the sandbox or the
  /// kernel has no such sockets for us.
  static Result<std::unique_ptr<RouteWatch>> start(EventLoop& loop, std::function<void()> changed);
  ~RouteWatch();  ///< also from inside `changed`
  RouteWatch(const RouteWatch&) = delete;
  RouteWatch& operator=(const RouteWatch&) = delete;

 private:
  struct State;
  explicit RouteWatch(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace imapkeep
