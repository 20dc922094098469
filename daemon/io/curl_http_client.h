// The HttpClient port on libcurl's multi interface: curl says which sockets and which timer it
// waits for, the loop waits for them. Each exchange has a deadline on the boot clock besides, which
// counts the time that the machine slept, as curl's own timers do not.
#pragma once

#include <memory>

#include "daemon/base/http.h"
#include "daemon/base/timers.h"
#include "daemon/io/event_loop.h"

namespace imapkeep {

class CurlHttpClient final : public HttpClient {
 public:
  CurlHttpClient(EventLoop& loop, Timers& timers) : loop_(loop), timers_(timers) {}
  ~CurlHttpClient() override;  ///< pending handlers stay silent; also from inside a handler

  [[nodiscard]] Operation request(HttpRequest request, Completion<HttpAnswer> done) override;

 private:
  class Multi;
  EventLoop& loop_;
  Timers& timers_;
  std::shared_ptr<Multi> multi_;  ///< from the first request that found libcurl
};

}  // namespace imapkeep
