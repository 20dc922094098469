// Drives exchanges over libcurl's multi interface: curl says which sockets and which timer it waits
// for, the loop waits for them. Each exchange has a deadline on the boot clock besides, which
// counts the time that the machine slept, as curl's own timers do not. An exchange may be
// cancelled, and the whole be closed, from inside what curl calls.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "daemon/base/timers.h"
#include "daemon/io/curl_exchange.h"
#include "daemon/io/event_loop.h"
#include "daemon/io/handle.h"

namespace imapkeep {

class CurlMulti : public std::enable_shared_from_this<CurlMulti> {
 public:
  /// Loads libcurl; usable() says how that went.
  CurlMulti(EventLoop& loop, Timers& timers);

  /// Errors: libcurl is not there, or cannot be used.
  [[nodiscard]] Result<Done> usable() const;
  [[nodiscard]] const CurlLibrary& curl() const { return *library_; }

  /// It begins from the loop, never here.
  [[nodiscard]] Operation start(std::unique_ptr<CurlExchange> exchange);
  /// Curl may go on with one that had paused. Calls its source and sink.
  void unpause(CURL* easy);
  void fail(CURL* easy, const Error& why);
  /// What runs ends without a word.
  void close();

 private:
  struct Running {
    std::unique_ptr<CurlExchange> exchange;
    Operation deadline;
  };
  struct Watch {
    CurlMulti* owner = nullptr;
    curl_socket_t socket = CURL_SOCKET_BAD;
    Handle<uv_poll_t> poll;
  };

  Running take(CURL* easy);
  void drop(CURL* easy);
  int watch(curl_socket_t socket, int what);
  void arm(long milliseconds);
  void act(curl_socket_t socket, int flags);
  bool after_curl();

  EventLoop& loop_;
  Timers& timers_;
  Result<CurlLibrary> library_;
  CURLM* multi_ = nullptr;
  std::map<curl_socket_t, Watch> sockets_;
  std::map<CURL*, Running> running_;
  bool in_curl_ = false;
  bool closing_ = false;
  std::vector<CURL*> dropped_;  ///< while curl was calling
  Operation timer_;
};

/// `kept`, made where there is none yet. One that cannot be used is not kept: somebody may install
/// what is missing.
std::shared_ptr<CurlMulti> usable_multi(std::shared_ptr<CurlMulti>& kept, EventLoop& loop,
                                        Timers& timers);

}  // namespace imapkeep
