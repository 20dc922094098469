// The HttpTransfer port on libcurl.
#pragma once

#include <memory>

#include "daemon/base/http_transfer.h"
#include "daemon/base/timers.h"
#include "daemon/io/event_loop.h"

namespace imapkeep {

class CurlMulti;

class CurlHttpTransfer final : public HttpTransfer {
 public:
  CurlHttpTransfer(EventLoop& loop, Timers& timers) : loop_(loop), timers_(timers) {}
  /// Pending handlers stay silent; also from inside a handler, a source or a sink.
  ~CurlHttpTransfer() override;

  [[nodiscard]] Operation start(HttpTransferRequest request, HttpSource* source, HttpSink* sink,
                                Completion<HttpAnswer> done) override;

 private:
  EventLoop& loop_;
  Timers& timers_;
  std::shared_ptr<CurlMulti> multi_;  ///< from the first exchange that found libcurl
};

}  // namespace imapkeep
