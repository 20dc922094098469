// One response of libmicrohttpd that stays open for events. While nothing waits to be sent its
// connection is suspended, since the library would ask again and again; it does not watch such a
// connection, so this does, and the end of a client is known at once.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "daemon/base/http_server.h"
#include "daemon/io/event_loop.h"
#include "daemon/io/fd.h"
#include "daemon/io/handle.h"
#include "daemon/io/microhttpd_library.h"

namespace imapkeep {

class MicrohttpdEvents final : public HttpEventStream,
                               public std::enable_shared_from_this<MicrohttpdEvents> {
 public:
  static constexpr std::size_t kMostWaiting = 256 * 1024;

  /// `resumed`: its connection is not suspended any more, and the library waits to be called.
  MicrohttpdEvents(const MicrohttpdLibrary& mhd, MHD_Connection* connection,
                   std::function<void()> resumed)
      : mhd_(mhd), connection_(connection), resumed_(std::move(resumed)) {}

  /// The response to be queued, which keeps this; null: no memory.
  [[nodiscard]] MHD_Response* response();
  /// Learns when the client has gone.
  void watch(EventLoop& loop);
  /// The connection is no more.
  void forget_connection();

  void send(std::string_view text) override;
  void end() override;
  [[nodiscard]] bool is_open() const override { return connection_ != nullptr && !ended_; }

 private:
  static ssize_t read(void* self, std::uint64_t position, char* into, std::size_t most);
  ssize_t read(char* into, std::size_t most);
  void drop();
  void wake();

  const MicrohttpdLibrary& mhd_;
  MHD_Connection* connection_;
  std::function<void()> resumed_;
  std::string waiting_;
  std::size_t sent_ = 0;  ///< of `waiting_`
  bool ended_ = false;
  bool is_suspended_ = false;
  Fd fd_;  ///< the connection's, a second time: the library closes its own when it likes
  Handle<uv_poll_t> gone_;
};

}  // namespace imapkeep
