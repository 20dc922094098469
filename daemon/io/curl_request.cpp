#include "daemon/io/curl_request.h"

#include <utility>

#include "daemon/io/http_url.h"

namespace imapkeep {

Result<std::unique_ptr<CurlExchange>> CurlRequest::make(const CurlLibrary& curl,
                                                        HttpRequest request,
                                                        Completion<HttpAnswer> done) {
  const auto url = judge_url(curl, request.url);
  if (!url) return url.error();
  std::unique_ptr<CurlRequest> made(
      new CurlRequest(curl, std::move(request), url->without_query, std::move(done)));
  made->set_bodies();
  made->set_options(url->is_plain);
  return std::unique_ptr<CurlExchange>(std::move(made));
}

CurlRequest::CurlRequest(const CurlLibrary& curl, HttpRequest request, std::string shown,
                         Completion<HttpAnswer> done)
    : CurlExchange(curl,
                   {std::move(request.method), std::move(request.url), std::move(request.headers),
                    std::move(request.authorization), std::move(request.ca_file), request.deadline},
                   std::move(shown)),
      sent_(std::move(request.body)),
      most_bytes_(request.most_bytes),
      pending_(std::move(done)) {
  // A growing string would leave copies of a token behind.
  body_.reserve(most_bytes_);
}

CurlRequest::~CurlRequest() { wipe(body_); }

void CurlRequest::set_bodies() {
  if (target().method == "POST") {
    const std::string_view body = sent_.reveal();
    set<CURLOPT_POST>(1L);
    set<CURLOPT_POSTFIELDS>(body.data());
    set<CURLOPT_POSTFIELDSIZE_LARGE>(static_cast<curl_off_t>(body.size()));
    add_header("Expect:");  // no round trip to ask whether a few hundred bytes are welcome
  } else if (target().method != "GET") {
    set<CURLOPT_CUSTOMREQUEST>(target().method.c_str());
  }
  using Taker = std::size_t (*)(char*, std::size_t, std::size_t, void*);
  const Taker body = [](char* bytes, std::size_t size, std::size_t count, void* self) {
    const std::size_t all = size * count;
    // 0 would be right for an empty piece, too; curl sends none.
    return static_cast<CurlRequest*>(self)->take_body({bytes, all}) ? all : 0;
  };
  set<CURLOPT_WRITEFUNCTION>(body);
  set<CURLOPT_WRITEDATA>(this);
}

bool CurlRequest::take_body(std::string_view bytes) {
  if (bytes.size() > most_bytes_ - body_.size()) {
    too_long_ = true;
    return false;
  }
  body_ += bytes;
  return true;
}

void CurlRequest::end(CURLcode code) {
  if (too_long_) {
    return pending_.complete(
        server_error(shown() + ": the answer is longer than " + std::to_string(most_bytes_ / 1024) +
                     " KiB, which no OAuth server sends; is something else answering there?"));
  }
  if (code != CURLE_OK) return pending_.complete(error_of(code));
  answer().status = status();
  answer().body = Secret(std::move(body_));
  pending_.complete(std::move(answer()));
}

}  // namespace imapkeep
