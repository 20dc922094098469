// The one loop of the process. Everything that is not explicitly said to be for other threads
// belongs to the thread that made the loop. Whatever was made on the loop must die before it.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "daemon/base/operation.h"

struct uv_loop_s;

namespace imapkeep {

class EventLoop {
 public:
  /// Also ignores SIGPIPE and SIGXFSZ (see signals.h): TLS writes cannot say MSG_NOSIGNAL.
  EventLoop();
  /// Functions that were posted and not run are destroyed, here.
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /// Until stop(); it does not return merely because there is nothing to wait for.
  void run();
  /// From any thread. Before run(), it makes the next run() return at once.
  void stop();
  /// From any thread: `function` is called on the loop, in the order posted.
  void post(std::function<void()> function);
  /// From the loop's thread: soon, but not from inside this call.
  [[nodiscard]] Operation defer(std::function<void()> function);

  [[nodiscard]] uv_loop_s* raw() { return loop_.get(); }
  /// Shared by all streams, so that an idle connection needs no buffer. Valid until the callback
  /// that filled it returns.
  [[nodiscard]] std::span<char> read_buffer();

 private:
  struct Wake;
  void run_posted();
  void discard_posted();

  std::unique_ptr<uv_loop_s> loop_;
  std::unique_ptr<Wake> wake_;
  std::mutex mutex_;
  std::vector<std::function<void()>> posted_;
  std::unique_ptr<char[]> read_buffer_;
};

}  // namespace imapkeep
