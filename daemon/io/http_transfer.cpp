#include "daemon/io/http_transfer.h"

#include <utility>

#include "daemon/io/curl_multi.h"
#include "daemon/io/curl_transfer.h"

namespace imapkeep {

CurlHttpTransfer::~CurlHttpTransfer() {
  if (multi_) multi_->close();
}

Operation CurlHttpTransfer::start(HttpTransferRequest request, HttpSource* source, HttpSink* sink,
                                  Completion<HttpAnswer> done) {
  const auto refuse = [this, &done](const Error& why) {
    return timers_.soon([done = std::move(done), why] { done(why); });
  };
  const auto multi = usable_multi(multi_, loop_, timers_);
  if (const auto usable = multi->usable(); !usable) return refuse(usable.error());
  auto exchange =
      CurlTransfer::make(multi->curl(), timers_, std::move(request), source, sink, done);
  if (!exchange) return refuse(exchange.error());
  CURL* easy = (*exchange)->easy();
  // The exchange lives no longer than the multi keeps it.
  (*exchange)->begin([&driver = *multi, easy] { driver.unpause(easy); },
                     [&driver = *multi, easy](const Error& why) { driver.fail(easy, why); });
  return multi->start(std::move(*exchange));
}

}  // namespace imapkeep
