// The HttpClient port on libcurl.
#pragma once

#include <memory>

#include "daemon/base/http.h"
#include "daemon/base/timers.h"
#include "daemon/io/event_loop.h"

namespace imapkeep {

class CurlMulti;

class CurlHttpClient final : public HttpClient {
 public:
  CurlHttpClient(EventLoop& loop, Timers& timers) : loop_(loop), timers_(timers) {}
  ~CurlHttpClient() override;  ///< pending handlers stay silent; also from inside a handler

  [[nodiscard]] Operation request(HttpRequest request, Completion<HttpAnswer> done) override;

 private:
  EventLoop& loop_;
  Timers& timers_;
  std::shared_ptr<CurlMulti> multi_;  ///< from the first request that found libcurl
};

}  // namespace imapkeep
