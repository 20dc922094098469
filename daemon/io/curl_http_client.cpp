#include "daemon/io/curl_http_client.h"

#include <utility>

#include "daemon/io/curl_multi.h"
#include "daemon/io/curl_request.h"

namespace imapkeep {

CurlHttpClient::~CurlHttpClient() {
  if (multi_) multi_->close();
}

Operation CurlHttpClient::request(HttpRequest request, Completion<HttpAnswer> done) {
  const auto refuse = [this, &done](const Error& why) {
    return timers_.soon([done = std::move(done), why] { done(why); });
  };
  const auto multi = usable_multi(multi_, loop_, timers_);
  if (const auto usable = multi->usable(); !usable) return refuse(usable.error());
  auto exchange = CurlRequest::make(multi->curl(), std::move(request), done);
  if (!exchange) return refuse(exchange.error());
  return multi->start(std::move(*exchange));
}

}  // namespace imapkeep
